import { z } from "zod";
import { AdaptError } from "./adapt-error.ts";
import type { AdaptablePoint } from "./adaptable.ts";
import type { StatisticsOf } from "./statistics.ts";

/** The largest number of channels that a file may have in one point, and of points. */
const [mostChannels, mostPoints] = [65_536, 10_000];

const list = (of: z.ZodNumber) => z.array(of).max(mostChannels);

/** Statistics as they lie beside a model, in JSON. */
const StatisticsFile = z.strictObject({
  /** Digest of the model that they were measured with. */
  model: z.string().max(200),
  /** Pictures that they were measured on. */
  pictures: z.int().positive(),
  points: z
    .record(z.string().max(1000), z.strictObject({ mean: list(z.number()), variance: list(z.number().nonnegative()) }))
    .refine((points) => Object.keys(points).length <= mostPoints, `at most ${mostPoints} points`),
});

/** Statistics, and what they were measured with. */
export interface MeasuredStatistics {
  readonly model: string;
  readonly pictures: number;
  readonly statistics: StatisticsOf;
}

/** The text of a file that lies beside the model. */
export function encodeStatistics({ model, pictures, statistics }: MeasuredStatistics): string {
  const points = Object.fromEntries(
    [...statistics].map(([name, { mean, variance }]) => [name, { mean: shortest(mean), variance: shortest(variance) }]),
  );
  return `${JSON.stringify({ model, pictures, points } satisfies z.infer<typeof StatisticsFile>)}\n`;
}

/** Nine digits tell every float32 from its neighbors. */
const shortest = (values: Float32Array): number[] => Array.from(values, (value) => Number(value.toPrecision(9)));

/**
 * Reads such a file for these points.
 * @throws {AdaptError} naming the file, if it is malformed, of another model, or lacks a point.
 */
export function decodeStatistics(
  text: string,
  of: { readonly file: string; readonly model: string; readonly points: readonly AdaptablePoint[] },
): MeasuredStatistics {
  const { model, pictures, points } = parse(text, of.file);
  if (model !== of.model)
    throw new AdaptError(of.file, `it belongs to the model ${model}, not to ${of.model}: measure the statistics anew`);
  const statistics = new Map(
    of.points.map(({ name, channels }) => {
      const found = points[name];
      if (found?.mean.length !== channels || found.variance.length !== channels)
        throw new AdaptError(
          of.file,
          `point ${name} needs ${channels} means and variances: measure the statistics anew`,
        );
      return [name, { mean: Float32Array.from(found.mean), variance: Float32Array.from(found.variance) }];
    }),
  );
  return { model, pictures, statistics };
}

function parse(text: string, file: string): z.infer<typeof StatisticsFile> {
  try {
    return StatisticsFile.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) throw new AdaptError(file, `it is no JSON: ${error.message}`, { cause: error });
    if (error instanceof z.ZodError) throw new AdaptError(file, z.prettifyError(error), { cause: error });
    throw error;
  }
}
