import type { TensorProto } from "../codec/types.ts";
import type { Application, Constant, Result, Value } from "../expression.ts";
import type { Graph, Model } from "../graph.ts";
import { rewriteGraph } from "../rewrite.ts";
import { inferTypes, type Types } from "../shapes/infer.ts";
import { applicationsOf, operandsOf } from "../topology.ts";
import { Budget, type FoldLimits } from "./budget.ts";
import { knownResults, namedAs } from "./constants.ts";
import { random } from "./random.ts";

/** Computes the outputs of a model without inputs, in their order; undefined for one that it cannot compute. */
export type Evaluate = (model: Model, signal?: AbortSignal) => Promise<readonly (TensorProto | undefined)[]>;

/** How constants are folded. */
export interface FoldOptions extends FoldLimits {
  readonly evaluate: Evaluate;
  readonly signal?: AbortSignal;
}

/** Operators whose results are not to be had before the graph runs, or are kept apart for a reason. */
const kept: ReadonlySet<string> = new Set([
  ...random,
  // What is quantized is to stay so: backends look for these.
  "QuantizeLinear",
  "DequantizeLinear",
  "DynamicQuantizeLinear",
]);

/**
 * The model with everything computed that its inputs have no part in, and shapes that are known written down. Operators
 * of chance, of other domains and with bodies stay, and so does what is within bodies, and what takes more than the
 * limits (budget.ts).
 */
export async function foldConstants(model: Model, options: FoldOptions): Promise<Model> {
  const types = typesOf(model);
  const known = writeKnown(model, types);
  const { graph } = known;
  const ready = known === model ? types : typesOf(known);
  const wanted = frontierOf(graph, new Budget(graph, ready, options));
  if (wanted.length === 0) return known;
  options.signal?.throwIfAborted();
  const values = await evaluateAll(known, wanted, options);
  const application = (_: Application, { results }: Application) => {
    const folded = results.map((result) => (result === undefined ? undefined : values.get(result)));
    return folded.some((value) => value !== undefined) ? folded : undefined;
  };
  return { ...known, graph: rewriteGraph(graph, { application }).graph };
}

const typesOf = (model: Model): Types => inferTypes(model, { keepInitial: false });

function writeKnown(model: Model, types: Types): Model {
  const { graph } = rewriteGraph(model.graph, { application: (_, was) => knownResults(was, types) });
  return graph === model.graph ? model : { ...model, graph };
}

/** Results that can be computed now and are read by what cannot. */
function frontierOf(graph: Graph, budget: Budget): readonly Result[] {
  const foldable = new Set<Value>();
  const applications = applicationsOf(graph);
  const isConstant = (value: Value): boolean =>
    (value.kind === "Constant" && value.tensor.dataLocation !== 1) || foldable.has(value);
  for (const made of applications)
    if (canFold(made) && operandsOf(made).every(isConstant) && budget.allows(made))
      for (const result of made.results) if (result !== undefined) foldable.add(result);
  const frontier = new Set<Value>();
  for (const made of applications)
    if (!made.results.some((result) => result !== undefined && foldable.has(result)))
      for (const value of operandsOf(made)) if (foldable.has(value)) frontier.add(value);
  for (const { value } of graph.outputs) if (foldable.has(value)) frontier.add(value);
  return [...frontier] as Result[];
}

const canFold = ({ opType, domain, bodies }: Application): boolean =>
  domain === "" && bodies.length === 0 && !kept.has(opType);

async function evaluateAll(
  model: Model,
  wanted: readonly Result[],
  { evaluate, signal }: FoldOptions,
): Promise<ReadonlyMap<Value, Constant>> {
  const outputs = wanted.map((value, index) => ({ name: `folded_${index}`, value }));
  const graph: Graph = { name: model.graph.name, inputs: [], outputs };
  const tensors = await evaluate({ ...model, graph, rest: {} }, signal);
  return new Map(
    wanted.flatMap((value, index) => {
      const tensor = tensors[index];
      return tensor === undefined ? [] : [[value, namedAs(value, tensor)] as const];
    }),
  );
}
