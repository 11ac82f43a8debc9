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
 * computed once. Outputs stay the same to the last bit. What no output needs is no part of a graph to begin with.
 * @throws {GraphError} naming the node, where the model cannot be typed.
 */
export async function cleanModel(model: Model, options: FoldOptions): Promise<Model> {
  const simple = simplify(model, rules);
  const folded = await foldConstants(simple, options);
  const again = simplify(folded, rules);
  return { ...again, graph: shareCommon(again.graph) };
}

/** The same, then normalizations folded into the convolutions before them: outputs change by rounding. */
export async function cleanAndFold(model: Model, options: FoldOptions): Promise<FoldedModel> {
  return foldNormalizations(await cleanModel(model, options));
}
