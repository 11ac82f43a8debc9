import { sizeOf, tensor, valuesOf } from "../graph/tensor.ts";
import type { TensorProto } from "../graph/codec/types.ts";
import { QuantizeError } from "./quantize-error.ts";
import { limits, parametersOf, roundHalfToEven } from "./scale.ts";

/** A weight in 8 bits: symmetric, with a scale for each channel of `axis`, or one for all. */
export interface QuantizedWeight {
  readonly dims: readonly number[];
  readonly bytes: Int8Array;
  /** One for each channel; one alone without an axis. */
  readonly scales: Float32Array;
  readonly axis: number | undefined;
}

/**
 * A float32 constant in int8; the scale of a channel is max |w| / 127, and 1 where all are zero.
 * @throws {QuantizeError} naming the constant, if an element is not finite.
 */
export function quantizeWeight(weight: TensorProto, axis: number | undefined): QuantizedWeight {
  const values = finiteValuesOf(weight);
  return withScales(weight, values, axis, scalesOf(values, layoutOf(weight.dims, axis)));
}

function finiteValuesOf(constant: TensorProto): Float32Array {
  const values = valuesOf(constant) as Float32Array;
  // In a sum whatever is not finite stays, and no element of float32 makes one of doubles overflow.
  let sum = 0;
  for (const value of values) sum += value;
  if (Number.isFinite(sum)) return values;
  throw new QuantizeError("some of its elements are no finite numbers", {
    value: constant.name ?? "constant",
    remedy: "export a model whose training has not diverged, or leave the nodes that read it out",
  });
}

/** The same constant with scales that are given. */
export function withScales(
  { dims }: TensorProto,
  values: Float32Array,
  axis: number | undefined,
  scales: Float32Array,
): QuantizedWeight {
  return { dims, axis, scales, bytes: bytesOf(values, scales, layoutOf(dims, axis)) };
}

/** In row-major order a channel is a run of `inner` elements, and channel follows channel over and over. */
interface Layout {
  readonly channels: number;
  readonly inner: number;
}

function layoutOf(dims: readonly number[], axis: number | undefined): Layout {
  return axis === undefined
    ? { channels: 1, inner: sizeOf(dims) }
    : { channels: dims[axis]!, inner: sizeOf(dims.slice(axis + 1)) };
}

function scalesOf(values: Float32Array, { channels, inner }: Layout): Float32Array {
  const largest = new Float32Array(channels);
  for (let start = 0, channel = 0; start < values.length; start += inner, channel = (channel + 1) % channels) {
    let most = largest[channel]!;
    for (let i = start; i < start + inner; i++) {
      const size = Math.abs(values[i]!);
      if (size > most) most = size;
    }
    largest[channel] = most;
  }
  return largest.map((size) => parametersOf({ lowest: -size, highest: size }, "symmetric").scale);
}

function bytesOf(values: Float32Array, scales: Float32Array, { channels, inner }: Layout): Int8Array {
  const bytes = new Int8Array(values.length);
  const quotient = new Float32Array(1);
  for (let start = 0, channel = 0; start < values.length; start += inner, channel = (channel + 1) % channels)
    for (let i = start; i < start + inner; i++) {
      quotient[0] = values[i]! / scales[channel]!;
      const rounded = roundHalfToEven(quotient[0]);
      bytes[i] = rounded > 127 ? 127 : rounded < -128 ? -128 : rounded;
    }
  return bytes;
}

/** A bias in int32, whose scale for each channel is the input's times the weight's. */
export interface QuantizedBias {
  readonly words: Int32Array;
  readonly scales: Float32Array;
}

/** A bias as integer convolutions add it. @throws {QuantizeError} naming the bias, if an element is not finite. */
export function quantizeBias(bias: TensorProto, inputScale: number, weightScales: Float32Array): QuantizedBias {
  const values = finiteValuesOf(bias);
  const scales = weightScales.map((scale) => inputScale * scale);
  const [least, most] = limits.int32;
  const words = Int32Array.from(values, (value, i) =>
    Math.min(most, Math.max(least, roundHalfToEven(value / scales[scales.length === 1 ? 0 : i]!))),
  );
  return { words, scales };
}

/**
 * Weight scales for which the bias fits into int32: the scale of a channel of tiny weights and a large bias grows.
 * Source: onnxruntime.quantization 1.30, _adjust_weight_scale_for_int32_bias.
 */
export function scalesForBias(bias: TensorProto, inputScale: number, weightScales: Float32Array): Float32Array {
  const values = valuesOf(bias) as Float32Array;
  const one = weightScales.length === 1;
  const largest = one ? values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) : 0;
  return weightScales.map((scale, i) => {
    const least = (1.0001 * 2 * (one ? largest : Math.abs(values[i]!))) / (2 ** 32 - 2);
    const product = inputScale * scale;
    return product > 0 && product < least ? scale * (least / product) : scale;
  });
}

/** The bytes of a weight as a constant. */
export const weightTensor = (name: string | undefined, { dims, bytes }: QuantizedWeight): TensorProto =>
  tensor(name, "int8", dims, bytes);
