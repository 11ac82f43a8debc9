import { apply, type Value } from "../../graph/expression.ts";
import { add, concat, divide, equal, matMul, negate, transpose, unsqueeze, where } from "../../graph/operators.ts";
import { logSoftmax, normalizeRows, range, rowCount, rowSum, scalar, type LossOptions } from "./loss.ts";

/**
 * The normalized temperature-scaled cross-entropy of each of 2N views, [2N], from the embeddings [N, D] of two views
 * of N pictures in one order: how well a view finds its other among all others, by cosine similarity.
 * Source: SimCLR, https://arxiv.org/abs/2002.05709, equation 1.
 */
export function ntXent(first: Value, second: Value, options: LossOptions & { readonly temperature?: number }): Value {
  const { temperature = 0.5, opset } = options;
  const views = normalizeRows(concat([first, second], 0), options);
  const similarities = divide(matMul(views, transpose(views, [1, 0])), scalar(temperature, options));
  const pairs = rowCount(first);
  const places = range(add(pairs, pairs));
  const others = apply("Mod", [add(places, pairs), add(pairs, pairs)]);
  const at = (columns: Value): Value => equal(unsqueeze(columns, [1], opset), places);
  // A view is not compared with itself: e^-10000 is 0.
  const logp = logSoftmax(where(at(places), scalar(-10_000, options), similarities));
  return negate(rowSum(where(at(others), logp, scalar(0, options)), options));
}
