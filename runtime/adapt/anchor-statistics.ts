import type { AdaptableModel, AdaptablePoint } from "./adaptable.ts";
import type { AffineOf } from "./affine.ts";
import type { Data, DataOf, Evaluator } from "./evaluator.ts";
import { PooledStatistics, type StatisticsOf } from "./statistics.ts";

/** The inputs of an adaptable model that are affines; points that are not given have their source values. */
export const affineInputs = (points: readonly AdaptablePoint[], affines: AffineOf = new Map()): DataOf =>
  Object.fromEntries(
    points.flatMap(({ name, channels, inputs, source }) => {
      const { scale, shift } = affines.get(name) ?? source;
      const data = (values: Float32Array): Data => ({ dims: [channels], values });
      return [
        [inputs.scale, data(scale)],
        [inputs.shift, data(shift)],
      ];
    }),
  );

/** The names of the moments of all points. */
export const momentOutputs = (points: readonly AdaptablePoint[]): readonly string[] =>
  points.flatMap(({ outputs }) => [outputs.mean, outputs.variance]);

/** The statistics of the batch that a run was given, by the name of the point. */
export const batchStatistics = (
  points: readonly AdaptablePoint[],
  results: Readonly<Record<string, Float32Array>>,
): StatisticsOf =>
  new Map(
    points.map(({ name, outputs }) => [name, { mean: results[outputs.mean]!, variance: results[outputs.variance]! }]),
  );

/**
 * Measures what the activations of each point are on an anchor set, with the model as it was. Batches may differ in
 * size: the first dimension of `input` is the number of pictures.
 * @throws {AdaptError} if there is no batch.
 */
export async function measureStatistics(
  { points }: AdaptableModel,
  evaluator: Evaluator,
  anchors: {
    /** The name of the model's own input. */
    readonly input: string;
    readonly batches: AsyncIterable<Data> | Iterable<Data>;
    readonly signal?: AbortSignal;
  },
): Promise<StatisticsOf> {
  const pooled = new PooledStatistics(points);
  const source = affineInputs(points);
  const wanted = momentOutputs(points);
  for await (const batch of anchors.batches) {
    anchors.signal?.throwIfAborted();
    const results = await evaluator.run({ ...source, [anchors.input]: batch }, wanted);
    pooled.add(batchStatistics(points, results), batch.dims[0] ?? 1);
  }
  return pooled.statistics();
}
