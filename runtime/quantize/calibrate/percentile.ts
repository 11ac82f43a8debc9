import type { Range } from "../scale.ts";
import type { Histogram } from "./histogram.ts";

/**
 * The range that holds `percentile` % of all values: of a histogram of sizes the same on both sides of zero, of one of
 * signed values what remains when as many are cut off on each side. Never wider than the values themselves.
 * Source: onnxruntime.quantization 1.30, compute_percentile.
 */
export function percentileRange(
  { counts, edges, range }: Histogram,
  percentile: number,
  of: "signed" | "sizes",
): Range {
  const cut = (100 - percentile) / 200;
  const highest = edges[firstReaching(counts, of === "sizes" ? percentile / 100 : 1 - cut)]!;
  const lowest = of === "sizes" ? -highest : edges[firstReaching(counts, cut)]!;
  return { lowest: Math.max(lowest, range.lowest), highest: Math.min(highest, range.highest) };
}

/** The first bin at which that part of all values is reached; one past the last bin where rounding falls short. */
function firstReaching(counts: Float64Array, part: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let reached = 0;
  for (const [bin, count] of counts.entries()) {
    reached += count / total;
    if (reached >= part) return bin;
  }
  return counts.length;
}
