import type { Range } from "../scale.ts";
import { countSizes, type Histogram } from "./histogram.ts";

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

/**
 * The same range of sizes whose numbers are all at hand. Few are half as large as the largest, so the others are not told
 * apart at first: only where the percentile turns out to lie among them, or so near the edge of a bin that the order in
 * which counts are added up decides.
 */
export function percentileOfSizes(empty: Histogram, parts: readonly Float32Array[], percentile: number): Range {
  const from = Math.floor(empty.counts.length / 2);
  const larger = parts.reduce((histogram, values) => countSizes(histogram, values, from), empty);
  const [least, most] = [-doubt, doubt].map((more) => firstReaching(larger.counts, percentile / 100 + more));
  const isClear = least! >= from && least === most;
  const all = isClear ? larger : parts.reduce((histogram, values) => countSizes(histogram, values), empty);
  return percentileRange(all, percentile, "sizes");
}

/** More than the rounding of sums of parts comes to. */
const doubt = 1e-9;

/** The first bin at which that part of all values is reached; one past the last bin where rounding falls short. */
function firstReaching(counts: Float64Array, part: number): number {
  const { length } = counts;
  let total = 0;
  for (let bin = 0; bin < length; bin++) total += counts[bin]!;
  let reached = 0;
  for (let bin = 0; bin < length; bin++) {
    reached += counts[bin]! / total;
    if (reached >= part) return bin;
  }
  return length;
}
