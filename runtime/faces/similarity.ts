import type { Point } from "./geometry.ts";

/**
 * A rotation, a scale and a shift: (u, v) goes to (a u - b v + x, b u + a v + y). Its scale is hypot(a, b). Crops are
 * kept as the similarity that takes a pixel of the network's input to the picture.
 */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly x: number;
  readonly y: number;
}

/** Length of what was one long. */
export function scaleOf({ a, b }: Similarity): number {
  return Math.hypot(a, b);
}

/** Where a point goes. */
export function transform({ a, b, x, y }: Similarity, { x: u, y: v }: Point): Point {
  return { x: a * u - b * v + x, y: b * u + a * v + y };
}

/** The similarity that undoes another one, whose scale must not be 0. */
export function invert({ a, b, x, y }: Similarity): Similarity {
  const square = a * a + b * b;
  const [c, s] = [a / square, -b / square];
  return { a: c, b: s, x: s * y - c * x, y: -s * x - c * y };
}

/**
 * The similarity that brings `from` to `to` with the least sum of squared distances, without mirroring; undefined when
 * the points of `from` coincide or the best one would shrink them to a point.
 *
 * Source: Umeyama, "Least-squares estimation of transformation parameters between two point patterns", PAMI 13(4),
 * 1991; in the plane, with points as complex numbers, his solution is sum(conj(p) q) / sum(|p|^2) about the means.
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity | undefined {
  const [p, q] = [mean(from), mean(to)];
  let [re, im, spread] = [0, 0, 0];
  for (const [k, point] of from.entries()) {
    const [px, py] = [point.x - p.x, point.y - p.y];
    const [qx, qy] = [to[k]!.x - q.x, to[k]!.y - q.y];
    re += px * qx + py * qy;
    im += px * qy - py * qx;
    spread += px * px + py * py;
  }
  if (!(spread > 1e-12)) return undefined;
  const [a, b] = [re / spread, im / spread];
  if (!(Math.hypot(a, b) > 1e-9)) return undefined;
  return { a, b, x: q.x - (a * p.x - b * p.y), y: q.y - (b * p.x + a * p.y) };
}

function mean(points: readonly Point[]): Point {
  const sum = points.reduce((total, { x, y }) => ({ x: total.x + x, y: total.y + y }), { x: 0, y: 0 });
  return { x: sum.x / points.length, y: sum.y / points.length };
}
