import { apply, constant, float, type Result, type Value } from "./expression.ts";
import { tensor } from "./tensor.ts";

/**
 * The operators of the default domain that graphs are written with, as functions of values. Images are NCHW.
 * Source: https://onnx.ai/onnx/operators/ (the form they have in opset 17).
 */

/** Zeros or clipped windows around an image: [top, left, bottom, right], in pixels. */
export type Border = readonly [top: number, left: number, bottom: number, right: number];

/** How a window moves over an image. */
export interface Window {
  readonly stride?: number;
  readonly border?: Border;
}

const noBorder: Border = [0, 0, 0, 0];
const square = (side: number): readonly number[] => [side, side];

export const add = (a: Value, b: Value): Result => apply("Add", [a, b]);
export const subtract = (a: Value, b: Value): Result => apply("Sub", [a, b]);
export const divide = (a: Value, b: Value): Result => apply("Div", [a, b]);
export const relu = (x: Value): Result => apply("Relu", [x]);
export const leakyRelu = (x: Value, slope: number): Result => apply("LeakyRelu", [x], { alpha: float(slope) });

/** x W + b for rows x; `weight` is [columns in, columns out]. */
export const linear = (x: Value, weight: Value, bias?: Value): Result =>
  bias === undefined ? apply("MatMul", [x, weight]) : apply("Gemm", [x, weight, bias]);

/** Cross-correlation; `weight` is [out, in / groups, height, width]. */
export function conv(
  x: Value,
  weight: Value,
  bias: Value | undefined,
  { stride = 1, border = noBorder, groups = 1 }: Window & { readonly groups?: number } = {},
): Result {
  return apply("Conv", bias === undefined ? [x, weight] : [x, weight, bias], {
    strides: square(stride),
    pads: border,
    group: groups,
  });
}

/** The largest value in each window of `side` by `side` pixels; the border never wins. */
export const maxPool = (x: Value, side: number, { stride = 1, border = noBorder }: Window): Result =>
  apply("MaxPool", [x], { kernel_shape: square(side), strides: square(stride), pads: border });

/** The mean of each window of `side` by `side` pixels. */
export const averagePool = (x: Value, side: number, { stride = 1 }: { readonly stride?: number }): Result =>
  apply("AveragePool", [x], { kernel_shape: square(side), strides: square(stride) });

/** The mean over all pixels, as rows [N, channels]. */
export const spatialMean = (x: Value): Result => apply("Flatten", [apply("GlobalAveragePool", [x])], { axis: 1 });

/** Axes in another order. */
export const transpose = (x: Value, perm: readonly number[]): Result => apply("Transpose", [x], { perm });

/** Zeros after the end of each axis: `after` has one count for each axis. */
export function padEnd(x: Value, after: readonly number[]): Result {
  const counts = BigInt64Array.from([...after.map(() => 0n), ...after.map(BigInt)]);
  return apply("Pad", [x, constant(tensor(undefined, "int64", [counts.length], counts))]);
}
