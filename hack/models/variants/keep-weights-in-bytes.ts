import { attribute } from "../../../runtime/graph/expression.ts";
import { mainGraph, withGraph } from "../../../runtime/graph/main-graph.ts";
import { tensor } from "../../../runtime/graph/tensor.ts";
import type { MessageInit, ModelProto, TensorProto } from "../../../runtime/graph/types.ts";
import { largeWeights, type Weight } from "./large-weights.ts";

/**
 * The same network with its large weights kept in one byte each: a quarter of the file. A weight w of an output
 * channel becomes round(w / scale) with scale = max |w| / 127 over the channel, and a DequantizeLinear before its
 * use turns it back; activations stay float32. int8 with zero points of zero is what TensorRT takes.
 */
export function keepWeightsInBytes(model: ModelProto): MessageInit<"ModelProto"> {
  const { initializer, node } = mainGraph(model);
  const weights = largeWeights(model);
  const whole = new Set(weights.map(({ constant }) => constant));
  const kept = weights.map(inBytes);
  return withGraph(model, {
    initializer: [
      ...initializer.filter((constant) => !whole.has(constant)),
      ...kept.flatMap(({ constants }) => constants),
    ],
    node: [...kept.map(({ dequantize }) => dequantize), ...node],
  });
}

interface Kept {
  readonly constants: readonly TensorProto[];
  readonly dequantize: MessageInit<"NodeProto">;
}

function inBytes({ name, constant, values, axis }: Weight): Kept {
  const scales = scalesOf(values, constant.dims, axis);
  const channel = channelOf(constant.dims, axis);
  const bytes = Int8Array.from(values, (value, i) => roundHalfToEven(value / scales[channel(i)]!));
  const [byteName, scaleName, zeroName] = [`${name}/bytes`, `${name}/scale`, `${name}/zero`];
  return {
    constants: [
      tensor(byteName, "int8", constant.dims, bytes),
      tensor(scaleName, "float32", [scales.length], scales),
      tensor(zeroName, "int8", [scales.length], new Int8Array(scales.length)),
    ],
    dequantize: {
      name: `${name}/dequantize`,
      opType: "DequantizeLinear",
      input: [byteName, scaleName, zeroName],
      output: [name],
      attribute: [attribute("axis", axis)],
    },
  };
}

/** The slice along `axis` that an element in row-major order belongs to. */
function channelOf(dims: readonly number[], axis: number): (index: number) => number {
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  return (index) => Math.floor(index / inner) % dims[axis]!;
}

function scalesOf(values: Float32Array, dims: readonly number[], axis: number): Float32Array {
  const largest = new Float32Array(dims[axis]!);
  const channel = channelOf(dims, axis);
  values.forEach((value, i) => (largest[channel(i)] = Math.max(largest[channel(i)]!, Math.abs(value))));
  // A channel of zeros has any scale.
  return largest.map((value) => (value === 0 ? 1 : value / 127));
}

/** As QuantizeLinear rounds. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
