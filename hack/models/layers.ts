import { constant, type Constant, type Value } from "../../runtime/graph/expression.ts";
import {
  add,
  averagePool,
  conv,
  leakyRelu,
  linear,
  maxPool,
  padEnd,
  relu,
  spatialMean,
  transpose,
  type Border,
} from "../../runtime/graph/operators.ts";
import { tensor } from "../../runtime/graph/tensor.ts";
import type { WeightArray, Weights } from "./weights.ts";

/** The layers that the networks of `@vladmandic/face-api` are made of; `weights` is the prefix of their names. */
export type Layer =
  | { readonly kind: "conv"; readonly weights: string; readonly stride: number; readonly border: Border }
  /** A convolution within each channel (3x3), then one across channels (1x1). */
  | { readonly kind: "separable"; readonly weights: string; readonly stride: number; readonly border: Border }
  /** A convolution whose output is scaled and shifted in each channel. */
  | { readonly kind: "scaledConv"; readonly weights: string; readonly stride: number; readonly border: Border }
  /** Each convolution sees the sum of all before it. */
  | { readonly kind: "dense"; readonly weights: string; readonly first: "conv" | "separable" }
  /** Two scaled convolutions beside a shortcut; `down` halves the image. */
  | { readonly kind: "residual"; readonly weights: string; readonly down?: Down }
  | { readonly kind: "maxPool"; readonly side: number; readonly stride: number; readonly border: Border }
  | { readonly kind: "leakyRelu"; readonly slope: number }
  | { readonly kind: "relu" }
  | { readonly kind: "spatialMean" }
  | { readonly kind: "linear"; readonly weights: string; readonly bias: boolean }
  /** Channels last: [N, rows, columns, channels]. */
  | { readonly kind: "channelsLast" };

/** How a halving residual block makes its two branches meet: with zeros, after the end. */
export interface Down {
  /** Channels that the shortcut lacks. */
  readonly channels: number;
  /** Rows and columns that the convolutions lack. */
  readonly pixels: number;
}

/** One pixel on each side: a 3x3 window keeps the size of the image. */
export const around: Border = [1, 1, 1, 1];
/** One pixel at the bottom and the right: TensorFlow's SAME where one side of a window hangs over. */
export const after: Border = [0, 0, 1, 1];
/** No border: TensorFlow's VALID. */
export const nowhere: Border = [0, 0, 0, 0];

/** What a layer makes of an image (or of rows). */
export function applyLayer(layer: Layer, x: Value, weights: Weights): Value {
  switch (layer.kind) {
    case "conv":
      return conv(x, filters(weights, `${layer.weights}/filters`), vector(weights, `${layer.weights}/bias`), layer);
    case "separable":
      return separable(layer, x, weights);
    case "scaledConv":
      return scaledConv(layer, x, weights);
    case "dense":
      return dense(layer, x, weights);
    case "residual":
      return residual(layer, x, weights);
    case "maxPool":
      return maxPool(x, layer.side, layer);
    case "leakyRelu":
      return leakyRelu(x, layer.slope);
    case "relu":
      return relu(x);
    case "spatialMean":
      return spatialMean(x);
    case "linear":
      return layer.bias
        ? linear(x, vector(weights, `${layer.weights}/weights`), vector(weights, `${layer.weights}/bias`))
        : linear(x, vector(weights, layer.weights));
    case "channelsLast":
      return transpose(x, [0, 2, 3, 1]);
  }
}

interface Convolution {
  readonly weights: string;
  readonly stride: number;
  readonly border: Border;
}

function separable({ weights: prefix, stride, border }: Convolution, x: Value, weights: Weights): Value {
  const depthwise = filters(weights, `${prefix}/depthwise_filter`, [2, 3, 0, 1]);
  const groups = depthwise.tensor.dims[0]!;
  const within = conv(x, depthwise, undefined, { stride, border, groups });
  return conv(within, filters(weights, `${prefix}/pointwise_filter`), vector(weights, `${prefix}/bias`));
}

/** scale * (w x + b) + shift is a convolution with the weights scale * w and the bias scale * b + shift. */
function scaledConv({ weights: prefix, stride, border }: Convolution, x: Value, weights: Weights): Value {
  const w = arrayOf(weights, `${prefix}/conv/filters`);
  const [b, scale, shift] = ["conv/bias", "scale/weights", "scale/biases"].map(
    (n) => arrayOf(weights, `${prefix}/${n}`).values,
  );
  const channels = scale!.length;
  const scaled = { shape: w.shape, values: w.values.map((value, i) => value * scale![i % channels]!) };
  const shifted = { shape: [channels], values: b!.map((value, i) => value * scale![i]! + shift![i]!) };
  const [weight, bias] = [transposed(`${prefix}/weight`, scaled, outInHeightWidth), named(`${prefix}/bias`, shifted)];
  return conv(x, weight, bias, { stride, border });
}

function dense({ weights: prefix, first }: Extract<Layer, { kind: "dense" }>, x: Value, weights: Weights): Value {
  const halving: Layer = { kind: first, weights: `${prefix}/conv0`, stride: 2, border: after };
  let sum = relu(applyLayer(halving, x, weights));
  let total: Value = sum;
  for (const name of ["conv1", "conv2", "conv3"]) {
    const more = separable({ weights: `${prefix}/${name}`, stride: 1, border: around }, sum, weights);
    total = add(total, more);
    sum = relu(total);
  }
  return sum;
}

function residual({ weights: prefix, down }: Extract<Layer, { kind: "residual" }>, x: Value, weights: Weights): Value {
  const [one, two] = [`${prefix}/conv1`, `${prefix}/conv2`];
  const [stride, border] = down === undefined ? [1, around] : [2, nowhere];
  const inner = relu(scaledConv({ weights: one, stride, border }, x, weights));
  const branch = scaledConv({ weights: two, stride: 1, border: around }, inner, weights);
  if (down === undefined) return relu(add(branch, x));
  const shortcut = averagePool(x, 2, { stride: 2 });
  return relu(
    add(
      down.channels === 0 ? shortcut : padEnd(shortcut, [0, down.channels, 0, 0]),
      down.pixels === 0 ? branch : padEnd(branch, [0, 0, down.pixels, down.pixels]),
    ),
  );
}

/** From [height, width, in, out] to ONNX's [out, in, height, width]. */
const outInHeightWidth = [3, 2, 0, 1] as const;

function filters(weights: Weights, name: string, order: readonly number[] = outInHeightWidth): Constant {
  return transposed(name, arrayOf(weights, name), order);
}

const vector = (weights: Weights, name: string): Constant => named(name, arrayOf(weights, name));

const named = (name: string, { shape, values }: WeightArray): Constant =>
  constant(tensor(name, "float32", shape, values));

function arrayOf(weights: Weights, name: string): WeightArray {
  const array = weights.get(name);
  if (array === undefined)
    throw new Error(`the manifest has no ${name}: is it another version of @vladmandic/face-api?`);
  return array;
}

/** A four-dimensional array with its axes in another order. */
function transposed(name: string, { shape, values }: WeightArray, order: readonly number[]): Constant {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, dim) => product * dim, 1));
  const [d0, d1, d2, d3] = order.map((axis) => shape[axis]!) as [number, number, number, number];
  const [s0, s1, s2, s3] = order.map((axis) => strides[axis]!) as [number, number, number, number];
  const result = new Float32Array(values.length);
  let to = 0;
  for (let a = 0; a < d0; a++)
    for (let b = 0; b < d1; b++)
      for (let c = 0; c < d2; c++)
        for (let d = 0; d < d3; d++) result[to++] = values[a * s0 + b * s1 + c * s2 + d * s3]!;
  return named(name, { shape: [d0, d1, d2, d3], values: result });
}
