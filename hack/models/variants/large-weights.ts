import { mainGraph } from "../../../runtime/graph/main-graph.ts";
import { sizeOf, typeOf, valuesOf } from "../../../runtime/graph/tensor.ts";
import type { ModelProto, TensorProto } from "../../../runtime/graph/codec/types.ts";

/** A weight that makes up the file: an initializer that a convolution or a matrix product multiplies with. */
export interface Weight {
  readonly name: string;
  readonly constant: TensorProto;
  readonly values: Float32Array;
  /** The axis of output channels. */
  readonly axis: number;
}

/** Smaller ones stay as they are: their bytes do not count, their precision may. */
const elementsWorthwhile = 1024;

/** The axis of output channels in the second input of an operator. */
const channelAxes: Readonly<Record<string, number>> = { Conv: 0, Gemm: 1, MatMul: 1 };

/** The large float32 weights of a model, in the order in which its nodes use them, each once. */
export function largeWeights(model: ModelProto): readonly Weight[] {
  const { initializer, node } = mainGraph(model);
  const constants = new Map(initializer.map((constant) => [constant.name, constant]));
  const weights = new Map<string, Weight>();
  for (const { opType, input } of node) {
    const axis = channelAxes[opType ?? ""];
    const name = input[1] ?? "";
    const constant = constants.get(name);
    if (axis === undefined || constant === undefined || weights.has(name) || !isLarge(constant)) continue;
    weights.set(name, { name, constant, values: valuesOf(constant) as Float32Array, axis });
  }
  return [...weights.values()];
}

const isLarge = (constant: TensorProto): boolean =>
  typeOf(constant) === "float32" && sizeOf(constant.dims) >= elementsWorthwhile;
