import { constantNodes } from "../../graph/clean/constants.ts";
import { simplify } from "../../graph/clean/simplify.ts";
import { application, type Application, type Input, type Value } from "../../graph/expression.ts";
import type { Graph, Model } from "../../graph/graph.ts";
import { rewriteGraph } from "../../graph/rewrite.ts";
import { inferTypes, type Types } from "../../graph/shapes/infer.ts";
import { excludedOf, type Exclusion } from "../placement/exclusion.ts";
import type { Left } from "../placement/placement.ts";
import { fatesOf } from "./fates.ts";
import { halve } from "./half.ts";
import { Halves, type Lossy } from "./halves.ts";
import { float32Inputs } from "./keep.ts";

/** What of a model stays in float32. */
export interface Float16Options {
  /**
   * Whether inputs and outputs stay float32, as they were; they do by default. onnxruntime-node cannot be given float16
   * (session.ts).
   */
  readonly keepInterface?: boolean;
  readonly exclude?: readonly Exclusion[];
}

/** A model in FP16, and how it came about. */
export interface Float16Model {
  readonly model: Model;
  /** Nodes that stay in float32, and why. */
  readonly left: readonly Left[];
  readonly lossy: readonly Lossy[];
}

/**
 * A float32 model in FP16: constants are rounded, and what computes with float32 computes with float16. What must stay in
 * float32 (keep.ts, what `exclude` names, nodes with bodies, and nodes of which types are not known) reads and gives it
 * through Cast; so does what reads numbers that float16 does not hold, until an operator brings them back (extent.ts).
 * @throws {QuantizeError} for an exclusion that names nothing.
 * @throws {GraphError} where the model cannot be typed.
 */
export function convertToFloat16(given: Model, options: Float16Options = {}): Float16Model {
  const { keepInterface = true, exclude = [] } = options;
  const model = simplify(given, [constantNodes]);
  const { graph } = model;
  const types = inferTypes(model);
  const fates = fatesOf(model, types, excludedOf(graph, exclude));
  const halves = new Halves();
  const inputs = new Map(keepInterface ? [] : graph.inputs.filter(isFloat32Input).map((was) => [was, halved(was)]));
  const rewritten = rewriteGraph(graph, {
    given: (value) => {
      const input = value.kind === "Input" ? inputs.get(value) : undefined;
      return input && halves.official(input);
    },
    application: (made, was) => (fates.halved.has(was) ? computeInHalves(made, was, types, halves) : undefined),
  }).graph;
  return {
    model: { ...model, graph: keepInterface ? rewritten : withHalfInterface(rewritten, inputs, halves) },
    left: fates.left,
    lossy: halves.lossy,
  };
}

const isFloat32Input = ({ type }: Input): boolean => type === "float32";

function halved(input: Input): Input {
  return { ...input, type: "float16", ...(input.initial && { initial: halve(input.initial).tensor }) };
}

function computeInHalves(made: Application, was: Application, types: Types, halves: Halves): Application["results"] {
  const isFloat32 = (value: Value | undefined): boolean => value !== undefined && types.of(value)?.type === "float32";
  const staying = float32Inputs[made.opType] ?? [];
  const inputs = made.inputs.map((value, index) =>
    value !== undefined && isFloat32(was.inputs[index]) && !staying.includes(index) ? halves.half(value) : value,
  );
  const outputs = was.results.map((result) => result !== undefined);
  return application({ ...made, inputs, outputs }).results.map((result, index) =>
    result !== undefined && isFloat32(was.results[index]) ? halves.official(result) : result,
  );
}

function withHalfInterface(graph: Graph, halvedInputs: ReadonlyMap<Input, Input>, halves: Halves): Graph {
  const inputs = graph.inputs.map((input) => halvedInputs.get(input) ?? input);
  const outputs = graph.outputs.map((output) =>
    output.type === "float32" ? { ...output, type: "float16" as const, value: halves.half(output.value) } : output,
  );
  return { ...graph, inputs, outputs };
}
