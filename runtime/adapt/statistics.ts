import type { Point } from "./point.ts";
import { AdaptError } from "./adapt-error.ts";

/** The moments of a point's activations, a channel. */
export interface Statistics {
  readonly mean: Float32Array;
  /** Of the population, not of a sample of it: divided by the count. */
  readonly variance: Float32Array;
}

/** Statistics by the name of their point. */
export type StatisticsOf = ReadonlyMap<string, Statistics>;

/**
 * The statistics of many batches as one, each weighed with the pictures it had; about the mean, since the mean of
 * squares loses a variance that is small beside the square of the mean. In double precision.
 * Source: T. Chan, G. Golub and R. LeVeque, Updating formulae and a pairwise algorithm for computing sample variances
 * (1979).
 */
export class PooledStatistics {
  readonly #points = new Map<string, { readonly mean: Float64Array; readonly variance: Float64Array }>();
  #weight = 0;

  constructor(points: readonly Pick<Point, "name" | "channels">[]) {
    for (const { name, channels } of points)
      this.#points.set(name, { mean: new Float64Array(channels), variance: new Float64Array(channels) });
  }

  /** Adds a batch of `pictures`. @throws {AdaptError} if the statistics of a point are missing. */
  add(batch: StatisticsOf, pictures: number): void {
    const part = pictures / (this.#weight + pictures);
    for (const [name, { mean, variance }] of this.#points) {
      const given = batch.get(name);
      if (given === undefined) throw new AdaptError(`point ${name}`, "the batch has no statistics of it");
      for (let channel = 0; channel < mean.length; channel++) {
        const apart = given.mean[channel]! - mean[channel]!;
        mean[channel]! += part * apart;
        variance[channel]! += part * (given.variance[channel]! - variance[channel]! + (1 - part) * apart ** 2);
      }
    }
    this.#weight += pictures;
  }

  /** The statistics of everything that was added. @throws {AdaptError} if that is nothing. */
  statistics(): StatisticsOf {
    if (this.#weight === 0) throw new AdaptError("anchor set", "it has no pictures: give at least one batch");
    return new Map(
      [...this.#points].map(([name, { mean, variance }]) => [
        name,
        { mean: Float32Array.from(mean), variance: Float32Array.from(variance) },
      ]),
    );
  }
}
