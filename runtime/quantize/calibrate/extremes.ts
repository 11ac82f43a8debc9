import type { Range } from "../scale.ts";
import { unite } from "./histogram.ts";

/** A range, with the least size of all values. */
export interface Extremes extends Range {
  readonly leastSize: number;
}

/** The extremes of values: NaN is left out, all are Infinity where nothing else is there, and 0 where nothing is. */
export function extremesOf(values: Float32Array): Extremes {
  let lowest = Infinity;
  let highest = -Infinity;
  let leastSize = Infinity;
  const { length } = values;
  // By index, as the loops of histogram.ts.
  for (let i = 0; i < length; i++) {
    const value = values[i]!;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
    const size = value < 0 ? -value : value;
    if (size < leastSize) leastSize = size;
  }
  return length === 0 ? { lowest: 0, highest: 0, leastSize: 0 } : { lowest, highest, leastSize };
}

/** The extremes of both. */
export const uniteExtremes = (a: Extremes, b: Extremes): Extremes => ({
  ...unite(a, b),
  leastSize: Math.min(a.leastSize, b.leastSize),
});
