import { apply, type Value } from "../../graph/expression.ts";
import { add, divide, exp, log, multiply, negate, subtract } from "../../graph/operators.ts";
import { finiteLogSoftmax, rowSum, scalar, softmax, type LossOptions } from "./loss.ts";

/**
 * The entropy of the prediction of each row: -sum p log p, in nats, [N] from logits [N, C].
 * Source: TENT, https://arxiv.org/abs/2006.10726.
 */
export function entropy(logits: Value, options: LossOptions): Value {
  const logp = finiteLogSoftmax(logits, options);
  return negate(rowSum(multiply(exp(logp), logp), options));
}

/**
 * The soft likelihood ratio of each row: -sum p log(p / (1 - p) + 1e-5) with p at most `clip`, [N] from logits [N, C].
 * Unlike the entropy it still has a slope where the prediction is certain.
 * Source: ROID, https://arxiv.org/abs/2306.00650.
 */
export function softLikelihoodRatio(logits: Value, options: LossOptions & { readonly clip?: number }): Value {
  const { clip = 0.99 } = options;
  const p = apply("Clip", [softmax(logits), scalar(0, options), scalar(clip, options)]);
  const ratio = divide(p, subtract(scalar(1, options), p));
  return negate(rowSum(multiply(p, log(add(ratio, scalar(1e-5, options)))), options));
}
