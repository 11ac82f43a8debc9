import { attribute } from "../../../runtime/graph/expression.ts";
import { mainGraph, withGraph } from "../../../runtime/graph/main-graph.ts";
import { sizeOf, tensor } from "../../../runtime/graph/tensor.ts";
import type { MessageInit, ModelProto, TensorProto } from "../../../runtime/graph/codec/types.ts";
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
  const channels = constant.dims[axis]!;
  const inner = sizeOf(constant.dims.slice(axis + 1));
  const scales = scalesOf(values, channels, inner);
  const bytes = bytesOf(values, scales, inner);
  const [byteName, scaleName, zeroName] = [`${name}/bytes`, `${name}/scale`, `${name}/zero`];
  return {
    constants: [
      tensor(byteName, "int8", constant.dims, bytes),
      tensor(scaleName, "float32", [channels], scales),
      tensor(zeroName, "int8", [channels], new Int8Array(channels)),
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

/** The largest size in each channel over 127. In row-major order a channel is a run of `inner` elements, repeated. */
function scalesOf(values: Float32Array, channels: number, inner: number): Float32Array {
  const largest = new Float32Array(channels);
  for (let start = 0, channel = 0; start < values.length; start += inner, channel = (channel + 1) % channels)
    for (let i = start; i < start + inner; i++) {
      const size = values[i]! < 0 ? -values[i]! : values[i]!;
      if (size > largest[channel]!) largest[channel] = size;
    }
  // A channel of zeros has any scale.
  return largest.map((size) => (size === 0 ? 1 : size / 127));
}

function bytesOf(values: Float32Array, scales: Float32Array, inner: number): Int8Array {
  const bytes = new Int8Array(values.length);
  for (let start = 0, channel = 0; start < values.length; start += inner, channel = (channel + 1) % scales.length)
    for (let i = start; i < start + inner; i++) bytes[i] = roundHalfToEven(values[i]! / scales[channel]!);
  return bytes;
}

/** As QuantizeLinear rounds: beside a number so large, a double has no room for a fraction. */
const roundHalfToEven = (value: number): number => value + 1.5 * 2 ** 52 - 1.5 * 2 ** 52;
