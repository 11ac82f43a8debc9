import type { Application, Constant, Value } from "../graph/expression.ts";
import type { Graph } from "../graph/graph.ts";
import { Names } from "../graph/names.ts";
import { sizeOf, typeOf, valuesOf } from "../graph/tensor.ts";
import { applicationsOf } from "../graph/topology.ts";

/** A constant of a model that can be learned. */
export interface Parameter {
  /** That of the constant, the name of the initializer; or one close to it, where another one has that. */
  readonly name: string;
  readonly dims: readonly number[];
  /** As the model has it. */
  readonly values: Float32Array;
  /** What it is to the operator that reads it first. */
  readonly operator: string;
  readonly constant: Constant;
}

/** Which inputs of an operator are learned where they are constants. */
const learned: Readonly<Record<string, readonly number[]>> = {
  Add: [0, 1],
  BatchNormalization: [1, 2],
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gather: [0],
  Gemm: [1, 2],
  GroupNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  MatMul: [0, 1],
  Mul: [0, 1],
  PRelu: [1],
  RMSNormalization: [1],
};

/** Operators that may lie between a constant and who learns it: exporters transpose weights and stretch tokens. */
const passed: ReadonlySet<string> = new Set([
  ...["Identity", "Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Expand", "Concat"],
]);

/** Numbers that arithmetic reads are no parameters: an epsilon, a half. */
const arithmetic: ReadonlySet<string> = new Set(["Add", "Mul"]);

/** The scale and shift of normalizations: what TENT and its kin adapt. */
export const isNormalization = ({ operator }: Parameter): boolean => operator.endsWith("Normalization");

/** The float32 constants of a graph that its operators learn, in the order of computation; each once. */
export function parametersOf(graph: Graph): readonly Parameter[] {
  const found = new Map<Constant, Parameter>();
  const names = new Names();
  for (const application of applicationsOf(graph))
    for (const constant of learnedBy(application)) {
      if (found.has(constant)) continue;
      const { tensor } = constant;
      const name = names.give(tensor.name ?? application.opType);
      const [dims, values] = [tensor.dims, valuesOf(tensor) as Float32Array];
      found.set(constant, { name, dims, values, operator: application.opType, constant });
    }
  return [...found.values()];
}

function learnedBy({ domain, opType, inputs }: Application): readonly Constant[] {
  if (domain !== "" && domain !== "ai.onnx") return [];
  const constants = (learned[opType] ?? []).flatMap((place) => constantsBehind(inputs[place]));
  return arithmetic.has(opType) ? constants.filter(({ tensor }) => sizeOf(tensor.dims) > 1) : constants;
}

/** The float32 constants that a value is laid out from. */
function constantsBehind(value: Value | undefined): readonly Constant[] {
  if (value?.kind === "Constant") return typeOf(value.tensor) === "float32" ? [value] : [];
  if (value?.kind !== "Result") return [];
  const { domain, opType, inputs } = value.application;
  if (domain !== "" || !passed.has(opType)) return [];
  return (opType === "Concat" ? inputs : inputs.slice(0, 1)).flatMap(constantsBehind);
}
