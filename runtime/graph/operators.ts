import { apply, applyMany, float, type Result, type Value } from "./expression.ts";
import { elements, type ElementType } from "./elements.ts";
import { integers } from "./literals.ts";

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
export const multiply = (a: Value, b: Value): Result => apply("Mul", [a, b]);
export const divide = (a: Value, b: Value): Result => apply("Div", [a, b]);
export const power = (a: Value, b: Value): Result => apply("Pow", [a, b]);
export const negate = (x: Value): Result => apply("Neg", [x]);
export const reciprocal = (x: Value): Result => apply("Reciprocal", [x]);
export const sqrt = (x: Value): Result => apply("Sqrt", [x]);
export const exp = (x: Value): Result => apply("Exp", [x]);
export const log = (x: Value): Result => apply("Log", [x]);
export const abs = (x: Value): Result => apply("Abs", [x]);
export const sign = (x: Value): Result => apply("Sign", [x]);
export const sigmoid = (x: Value): Result => apply("Sigmoid", [x]);
export const equal = (a: Value, b: Value): Result => apply("Equal", [a, b]);
export const greater = (a: Value, b: Value): Result => apply("Greater", [a, b]);
export const less = (a: Value, b: Value): Result => apply("Less", [a, b]);
export const not = (a: Value): Result => apply("Not", [a]);
export const and = (a: Value, b: Value): Result => apply("And", [a, b]);
export const where = (condition: Value, yes: Value, no: Value): Result => apply("Where", [condition, yes, no]);
export const cast = (x: Value, type: ElementType): Result => apply("Cast", [x], { to: elements[type].code });
export const relu = (x: Value): Result => apply("Relu", [x]);
export const leakyRelu = (x: Value, slope: number): Result => apply("LeakyRelu", [x], { alpha: float(slope) });

/** x W + b for rows x; `weight` is [columns in, columns out]. */
export const linear = (x: Value, weight: Value, bias?: Value): Result =>
  bias === undefined ? apply("MatMul", [x, weight]) : apply("Gemm", [x, weight, bias]);

/** The matrix product over the last two axes; the axes before broadcast. */
export const matMul = (a: Value, b: Value): Result => apply("MatMul", [a, b]);

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
export const padEnd = (x: Value, after: readonly number[]): Result =>
  apply("Pad", [x, integers([...after.map(() => 0), ...after])]);

/** A shape as a one-dimensional int64 value. */
export const shapeOf = (x: Value): Result => apply("Shape", [x]);

/** The same elements in another shape: -1 for the one size that follows from the others. */
export const reshape = (x: Value, shape: Value | readonly number[]): Result =>
  apply("Reshape", [x, "kind" in shape ? shape : integers(shape)]);

/** Repeats along axes of size 1. */
export const expand = (x: Value, shape: Value | readonly number[]): Result =>
  apply("Expand", [x, "kind" in shape ? shape : integers(shape)]);

/** Joins along an axis. */
export const concat = (values: readonly Value[], axis: number): Result => apply("Concat", values, { axis });

/** Parts along an axis, of these sizes; `parts` is how many. */
export function split(
  x: Value,
  sizes: Value | readonly number[],
  axis: number,
  parts: number,
  opset: number,
): readonly Result[] {
  const given = "kind" in sizes ? sizes : integers(sizes);
  return opset >= 13 || "kind" in sizes
    ? applyMany("Split", [x, given], { axis }, parts)
    : applyMany("Split", [x], { axis, split: sizes }, parts);
}

/** Elements at `indices` along an axis; each index becomes the axes of `indices`. */
export const gather = (x: Value, indices: Value, axis: number): Result => apply("Gather", [x, indices], { axis });

/** From `starts` up to but without `ends` along `axes`, every `steps`-th. */
export function slice(
  x: Value,
  at: {
    readonly axes: readonly number[];
    readonly starts: readonly number[];
    readonly ends: Value | readonly number[];
    readonly steps?: readonly number[];
  },
): Result {
  const ends = "kind" in at.ends ? at.ends : integers(at.ends);
  const steps = at.steps === undefined ? [] : [integers(at.steps)];
  return apply("Slice", [x, integers(at.starts), ends, integers(at.axes), ...steps]);
}

/** How the values along axes become one. */
export type Reduction = "Sum" | "Mean" | "Max" | "Min" | "Prod" | "L1" | "L2" | "SumSquare" | "LogSum" | "LogSumExp";

/** Axes as an input, since the opset that made them one. */
const reductionsByInput = { Sum: 13 } as Partial<Record<Reduction, number>>;

/** The values along `axes` (all of them when left out) made one; `keep` leaves axes of size 1. */
export function reduce(
  how: Reduction,
  x: Value,
  { axes, keep = false, opset }: { readonly axes?: readonly number[]; readonly keep?: boolean; readonly opset: number },
): Result {
  const keepdims = Number(keep);
  if (axes === undefined) return apply(`Reduce${how}`, [x], { keepdims });
  return opset >= (reductionsByInput[how] ?? 18)
    ? apply(`Reduce${how}`, [x, integers(axes)], { keepdims })
    : apply(`Reduce${how}`, [x], { axes, keepdims });
}

/** New axes of size 1 at these places of the result. */
export const unsqueeze = (x: Value, axes: readonly number[], opset: number): Result =>
  opset >= 13 ? apply("Unsqueeze", [x, integers(axes)]) : apply("Unsqueeze", [x], { axes });

/** Drops axes of size 1. */
export const squeeze = (x: Value, axes: readonly number[], opset: number): Result =>
  opset >= 13 ? apply("Squeeze", [x, integers(axes)]) : apply("Squeeze", [x], { axes });
