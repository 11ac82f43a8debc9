import type { Value } from "../../graph/expression.ts";
import { numbers } from "../../graph/literals.ts";
import { concat, divide, matMul, negate, transpose, where } from "../../graph/operators.ts";
import { logSoftmax, lowest, normalizeRows, rowSum, scalar, type LossOptions } from "./loss.ts";

/** What NT-Xent is set to. */
export interface NtXentOptions extends LossOptions {
  /** How many pictures there are: N. */
  readonly pairs: number;
  /** .1 to .5; what similarities are divided by. */
  readonly temperature?: number;
}

/**
 * The normalized temperature-scaled cross-entropy of each of 2N views, [2N], from the embeddings [N, D] of two views
 * of N pictures in one order: how well a view finds its other among all others, by cosine similarity.
 * Source: SimCLR, https://arxiv.org/abs/2002.05709, equation 1.
 */
export function ntXent(first: Value, second: Value, options: NtXentOptions): Value {
  const { temperature = 0.5, pairs } = options;
  const views = normalizeRows(concat([first, second], 0), options);
  const similarities = divide(matMul(views, transpose(views, [1, 0])), scalar(temperature, options));
  const itself = mask(2 * pairs, (row) => row);
  const other = mask(2 * pairs, (row) => (row + pairs) % (2 * pairs));
  // A view is not compared with itself.
  const logp = logSoftmax(where(itself, lowest(options), similarities));
  return negate(rowSum(where(other, logp, scalar(0, options)), options));
}

/** A square of bool with one column true in each row. */
function mask(side: number, columnOf: (row: number) => number): Value {
  const cells = Array.from({ length: side * side }, (_, cell) =>
    Number(cell % side === columnOf(Math.floor(cell / side))),
  );
  return numbers("bool", [side, side], cells);
}
