import type { Model } from "../graph.ts";
import { constantNodes } from "./constants.ts";
import { foldConstants, type FoldOptions } from "./fold.ts";
import { noOps } from "./no-ops.ts";
import { foldNormalizations, type FoldedModel } from "./normalization.ts";
import { shareCommon } from "./share.ts";
import { simplify } from "./simplify.ts";

const rules = [constantNodes, ...noOps];

/**
 * A model that computes the same with less: constants computed, operators that do nothing gone, what is computed twice
 * computed once. Every operator that stays gets the same numbers, to the last bit; a backend may still round otherwise,
 * because it has other kernels for weights that it knows to be constant. What no output needs is no part of a graph.
 * @throws {GraphError} naming the node, where the model cannot be typed.
 */
export async function cleanModel(model: Model, options: FoldOptions): Promise<Model> {
  const simple = simplify(model, rules);
  const folded = simplify(await foldConstants(simple, options), rules);
  return { ...folded, graph: shareCommon(folded.graph) };
}

/** The same, then normalizations folded into the convolutions before them: outputs change by rounding. */
export async function cleanAndFold(model: Model, options: FoldOptions): Promise<FoldedModel> {
  return foldNormalizations(await cleanModel(model, options));
}
