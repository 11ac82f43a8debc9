import type { NetworkOutput } from "../../crds/network.ts";

/** How far two embeddings are apart. */
export type Metric = NonNullable<NetworkOutput["metric"]>;

type Distance = (a: Float32Array, b: Float32Array, offset: number) => number;

/**
 * Distances by metric, between `a` and the numbers of `b` from `offset` on: L2 is Euclid's, from 0; Cosine is
 * 1 - cosine, from 0 to 2, and 1 where a vector is zero.
 */
export const distances: Readonly<Record<Metric, Distance>> = {
  L2: (a, b, offset) => {
    let sum = 0;
    for (let k = 0; k < a.length; k++) sum += (a[k]! - b[offset + k]!) ** 2;
    return Math.sqrt(sum);
  },
  Cosine: (a, b, offset) => 1 - cosine(a, b, offset),
};

/** Cosine of the angle between `a` and the numbers of `b` from `offset` on; 0 where one of them is zero. */
export function cosine(a: Float32Array, b: Float32Array, offset = 0): number {
  let [product, left, right] = [0, 0, 0];
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k]!, b[offset + k]!];
    product += x * y;
    left += x * x;
    right += y * y;
  }
  return left > 0 && right > 0 ? product / Math.sqrt(left * right) : 0;
}
