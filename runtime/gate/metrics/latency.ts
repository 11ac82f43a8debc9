import type { Evaluation } from "../result.ts";

/** A value and the number of pictures behind it. */
export interface Reading {
  readonly value: number;
  readonly n: number;
}

/** A percentile of the milliseconds a picture took, by nearest rank: a time that really occurred. */
export const latency =
  (percent: number) =>
  ({ results }: Evaluation): Reading => {
    const times = results.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
    return { value: times[Math.max(0, Math.ceil((percent / 100) * times.length) - 1)] ?? NaN, n: times.length };
  };
