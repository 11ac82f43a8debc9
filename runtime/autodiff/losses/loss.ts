import type { ElementType } from "../../graph/elements.ts";
import { apply, type Value } from "../../graph/expression.ts";
import { integers, number } from "../../graph/literals.ts";
import { divide, equal, multiply, reduce, sqrt, unsqueeze, where } from "../../graph/operators.ts";

/** What a loss is written in. */
export interface LossOptions {
  /** Version of the default operator set: that of the model. */
  readonly opset: number;
  /** Element type of what the loss reads; float32 when left out. */
  readonly type?: ElementType;
}

/** The sum over the last axis of rows [N, C]: [N], or [N, 1] with `keep`. */
export const rowSum = (rows: Value, { opset }: LossOptions, keep = false): Value =>
  reduce("Sum", rows, { axes: [1], keep, opset });

/** A scalar of the loss's element type. */
export const scalar = (value: number, { type = "float32" }: LossOptions): Value => number(type, value);

/** log p of logits [N, C] along the classes. */
export const logSoftmax = (logits: Value): Value => apply("LogSoftmax", [logits], { axis: 1 });

/** A number of which nothing is left as a power of e, and which times a probability is finite. */
export const lowest = (options: LossOptions): Value => scalar(options.type === "float16" ? -6e4 : -1e30, options);

/** log p of logits [N, C], but never infinite, so that p log p is 0 where p is. */
export const finiteLogSoftmax = (logits: Value, options: LossOptions): Value =>
  apply("Clip", [logSoftmax(logits), lowest(options)]);

/** p of logits [N, C] along the classes. */
export const softmax = (logits: Value): Value => apply("Softmax", [logits], { axis: 1 });

/** The mean over a batch of losses [N], a scalar. */
export const meanLoss = (losses: Value, { opset }: LossOptions): Value => reduce("Mean", losses, { axes: [0], opset });

/**
 * The sum of losses [N] times weights [N] over `count`, a scalar. A weight of 0 leaves a sample out.
 * @param count a scalar: what the sum is divided by, such as the number of samples that were kept
 */
export const weightedMeanLoss = (losses: Value, weights: Value, count: Value, { opset }: LossOptions): Value =>
  divide(reduce("Sum", multiply(losses, weights), { axes: [0], opset }), count);

/** Where rows of `classes` columns have the class that `labels` (int64 [N]) say: bool [N, classes], one in each row. */
export const isLabel = (labels: Value, classes: number, { opset }: LossOptions): Value =>
  equal(unsqueeze(labels, [1], opset), integers([...Array(classes).keys()]));

/** Rows of Euclidean length 1; a row of zeros, or of numbers whose squares are 0, stays as it is. */
export function normalizeRows(rows: Value, options: LossOptions): Value {
  const square = rowSum(multiply(rows, rows), options, true);
  // Before the root, so that its slope at a row of zeros is finite.
  const isZero = equal(square, scalar(0, options));
  return divide(rows, sqrt(where(isZero, scalar(1, options), square)));
}
