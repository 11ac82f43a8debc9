import type { TensorProto } from "../codec/types.ts";
import { elements } from "../elements.ts";
import type { Application, Constant, Result, Value } from "../expression.ts";
import type { Graph, Model } from "../graph.ts";
import { rewriteGraph } from "../rewrite.ts";
import { inferTypes, type Types } from "../shapes/infer.ts";
import { sizeOf } from "../tensor.ts";
import { applicationsOf, operandsOf } from "../topology.ts";
import { knownResults, namedAs } from "./constants.ts";
import { random } from "./random.ts";
import { sameOutputs } from "./same.ts";

/** Computes the outputs of a model without inputs, in their order; undefined for one that it cannot compute. */
export type Evaluate = (model: Model) => Promise<readonly (TensorProto | undefined)[]>;

/** How constants are folded. */
export interface FoldOptions {
  readonly evaluate: Evaluate;
  /** Most bytes of one result, also of those in between; 64 MiB when not given. What is larger stays an operator. */
  readonly limit?: number;
}

const defaultLimit = 2 ** 26;

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
 * of chance, of other domains and with bodies stay, and so does what is within bodies.
 */
export async function foldConstants(model: Model, options: FoldOptions): Promise<Model> {
  const types = typesOf(model);
  const known = writeKnown(model, types);
  const { graph } = known;
  const ready = known === model ? types : typesOf(known);
  const wanted = frontierOf(graph, ready, options.limit ?? defaultLimit);
  if (wanted.length === 0) return known;
  const values = await evaluateAll(known, wanted, options.evaluate);
  const application = (_: Application, { results }: Application) => {
    const folded = results.map((result) => (result === undefined ? undefined : values.get(result)));
    return folded.some((value) => value !== undefined) ? folded : undefined;
  };
  return { ...known, graph: rewriteGraph(graph, { application }).graph };
}

const typesOf = (model: Model): Types => inferTypes(model, { keepInitial: false });

function writeKnown(model: Model, types: Types): Model {
  const { graph } = rewriteGraph(model.graph, { application: (_, was) => knownResults(was, types) });
  return sameOutputs(graph, model.graph) ? model : { ...model, graph };
}

/** Results that can be computed now and are read by what cannot. */
function frontierOf(graph: Graph, types: Types, limit: number): readonly Result[] {
  const foldable = new Set<Value>();
  const applications = applicationsOf(graph);
  const isConstant = (value: Value): boolean => value.kind === "Constant" || foldable.has(value);
  for (const made of applications)
    if (canFold(made, types, limit) && operandsOf(made).every(isConstant))
      for (const result of made.results) if (result !== undefined) foldable.add(result);
  const frontier = new Set<Value>();
  for (const made of applications)
    if (!made.results.some((result) => result !== undefined && foldable.has(result)))
      for (const value of operandsOf(made)) if (foldable.has(value)) frontier.add(value);
  for (const { value } of graph.outputs) if (foldable.has(value)) frontier.add(value);
  return [...frontier] as Result[];
}

function canFold({ opType, domain, bodies, results }: Application, types: Types, limit: number): boolean {
  if (domain !== "" || bodies.length > 0 || kept.has(opType)) return false;
  return results.every((result) => result === undefined || bytesOf(result, types) <= limit);
}

/** Infinity where the size is not known. */
function bytesOf(value: Value, types: Types): number {
  const type = types.of(value);
  const dims = type?.dims?.filter((size) => typeof size === "number");
  if (type === undefined || dims === undefined || dims.length !== type.dims?.length) return Infinity;
  const { array, perSlot } = elements[type.type];
  return Math.ceil(sizeOf(dims) / perSlot) * array.BYTES_PER_ELEMENT;
}

async function evaluateAll(
  model: Model,
  wanted: readonly Result[],
  evaluate: Evaluate,
): Promise<ReadonlyMap<Value, Constant>> {
  const outputs = wanted.map((value, index) => ({ name: `folded_${index}`, value }));
  const graph: Graph = { name: model.graph.name, inputs: [], outputs };
  const tensors = await evaluate({ ...model, graph, rest: {} });
  return new Map(
    wanted.flatMap((value, index) => {
      const tensor = tensors[index];
      return tensor === undefined ? [] : [[value, namedAs(value, tensor)] as const];
    }),
  );
}
