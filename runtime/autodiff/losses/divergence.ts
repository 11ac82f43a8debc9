import type { Value } from "../../graph/expression.ts";
import { exp, multiply, subtract } from "../../graph/operators.ts";
import { finiteLogSoftmax, rowSum, type LossOptions } from "./loss.ts";

/** KL(p || q) of each row, in nats: [N] from the logits [N, C] of p and of q. */
export function klDivergence(p: Value, q: Value, options: LossOptions): Value {
  const [logp, logq] = [finiteLogSoftmax(p, options), finiteLogSoftmax(q, options)];
  return rowSum(multiply(exp(logp), subtract(logp, logq)), options);
}
