import type { Application, Constant } from "../graph/expression.ts";
import type { Graph } from "../graph/graph.ts";
import { typeOf, valuesOf } from "../graph/tensor.ts";
import { applicationsOf } from "../graph/topology.ts";

/** A constant of a model that can be learned. */
export interface Parameter {
  /** That of the constant: the name of the initializer. */
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
  BatchNormalization: [1, 2],
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [1, 2],
  GroupNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  MatMul: [0, 1],
  PRelu: [1],
};

/** The scale and shift of normalizations: what TENT and its kin adapt. */
export const isNormalization = ({ operator }: Parameter): boolean => operator.endsWith("Normalization");

/** The float32 constants of a graph that its operators learn, in the order of computation; each once. */
export function parametersOf(graph: Graph): readonly Parameter[] {
  const found = new Map<Constant, Parameter>();
  for (const application of applicationsOf(graph))
    for (const constant of learnedBy(application)) {
      if (found.has(constant)) continue;
      const { tensor } = constant;
      const { name = `${application.opType}.${found.size}`, dims } = tensor;
      const values = valuesOf(tensor) as Float32Array;
      found.set(constant, { name, dims, values, operator: application.opType, constant });
    }
  return [...found.values()];
}

function learnedBy({ domain, opType, inputs }: Application): readonly Constant[] {
  if (domain !== "" && domain !== "ai.onnx") return [];
  return (learned[opType] ?? []).flatMap((place) => {
    const value = inputs[place];
    return value?.kind === "Constant" && typeOf(value.tensor) === "float32" ? [value] : [];
  });
}
