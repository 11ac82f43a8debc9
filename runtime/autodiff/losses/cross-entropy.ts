import type { Value } from "../../graph/expression.ts";
import { add, cast, multiply, negate, reduce, where } from "../../graph/operators.ts";
import { finiteLogSoftmax, isLabel, logSoftmax, rowSum, scalar, softmax, type LossOptions } from "./loss.ts";

/** Which classes there are. */
export interface Classes {
  /** How many: C. */
  readonly classes: number;
}

/**
 * The cross-entropy of each row with its label: -log p(label), [N] from logits [N, C] and int64 labels [N]. With
 * `smoothing` that part of the label is spread evenly over all classes. A row whose label is none of the classes, such
 * as -100, has loss 0 and no slope; a mean that shall leave it out is `weightedMeanLoss`.
 * Source: https://arxiv.org/abs/1512.00567, section 7.
 */
export function crossEntropy(
  logits: Value,
  labels: Value,
  options: LossOptions & Classes & { readonly smoothing?: number },
): Value {
  const { smoothing = 0, classes, opset } = options;
  const logp = logSoftmax(logits);
  const own = isLabel(labels, classes, options);
  const likelihood = rowSum(where(own, logp, scalar(0, options)), options);
  if (smoothing === 0) return negate(likelihood);
  const isLabeled = rowSum(cast(own, options.type ?? "float32"), options);
  const even = multiply(reduce("Mean", logp, { axes: [1], opset }), isLabeled);
  return negate(add(multiply(likelihood, scalar(1 - smoothing, options)), multiply(even, scalar(smoothing, options))));
}

/**
 * Consistency with a teacher: the cross-entropy of each row with what the teacher predicts for it, [N] from the logits
 * [N, C] of both.
 * Source: CoTTA, https://arxiv.org/abs/2203.13591, equation 4.
 */
export const consistency = (logits: Value, teacher: Value, options: LossOptions): Value =>
  negate(rowSum(multiply(softmax(teacher), finiteLogSoftmax(logits, options)), options));

/**
 * Consistency in both directions, [N] from two predictions' logits [N, C]: `alpha` is the weight of the reverse one,
 * which bears a teacher that is wrong.
 * Source: RMT, https://arxiv.org/abs/2211.13081, equation 4.
 */
export function symmetricCrossEntropy(
  logits: Value,
  teacher: Value,
  options: LossOptions & { readonly alpha?: number },
): Value {
  const { alpha = 0.5 } = options;
  return add(
    multiply(consistency(logits, teacher, options), scalar(1 - alpha, options)),
    multiply(consistency(teacher, logits, options), scalar(alpha, options)),
  );
}
