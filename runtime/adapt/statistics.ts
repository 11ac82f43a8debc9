import type { Point } from "./point.ts";
import { AdaptError } from "./adapt-error.ts";

/** The moments of a point's activations, a channel. */
export interface Statistics {
  readonly mean: Float32Array;
  /** Of the population, not of a sample of it: divided by the count. */
  readonly variance: Float32Array;
}

/** What a batch says of a point: the mean of its activations and of their squares, as the adaptable model gives them. */
export interface Moments {
  readonly mean: Float32Array;
  readonly meanSquare: Float32Array;
}

/** Statistics by the name of their point. */
export type StatisticsOf = ReadonlyMap<string, Statistics>;

/** The statistics that moments say. */
export function statisticsOf({ mean, meanSquare }: Moments): Statistics {
  const variance = meanSquare.map((square, channel) => Math.max(square - mean[channel]! ** 2, 0));
  return { mean, variance };
}

/** The moments of many batches as one, each weighed with the pictures it had. In double precision. */
export class MomentSum {
  readonly #sums = new Map<string, { readonly mean: Float64Array; readonly meanSquare: Float64Array }>();
  #weight = 0;

  constructor(points: readonly Pick<Point, "name" | "channels">[]) {
    for (const { name, channels } of points)
      this.#sums.set(name, { mean: new Float64Array(channels), meanSquare: new Float64Array(channels) });
  }

  /** Adds a batch of `pictures`. @throws {AdaptError} if the moments of a point are missing. */
  add(moments: ReadonlyMap<string, Moments>, pictures: number): void {
    for (const [name, sum] of this.#sums) {
      const given = moments.get(name);
      if (given === undefined) throw new AdaptError(`point ${name}`, "the batch has no moments of it");
      for (let channel = 0; channel < sum.mean.length; channel++) {
        sum.mean[channel]! += given.mean[channel]! * pictures;
        sum.meanSquare[channel]! += given.meanSquare[channel]! * pictures;
      }
    }
    this.#weight += pictures;
  }

  /** The statistics of everything that was added. @throws {AdaptError} if that is nothing. */
  statistics(): StatisticsOf {
    const weight = this.#weight;
    if (weight === 0) throw new AdaptError("anchor set", "it has no pictures: give at least one batch");
    const entries = [...this.#sums].map(([name, { mean, meanSquare }]) => {
      const average = mean.map((sum) => sum / weight);
      const variance = meanSquare.map((sum, channel) => Math.max(sum / weight - average[channel]! ** 2, 0));
      return [name, { mean: Float32Array.from(average), variance: Float32Array.from(variance) }] as const;
    });
    return new Map(entries);
  }
}
