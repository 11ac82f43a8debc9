import type { Value } from "../../graph/expression.ts";
import type { Model } from "../../graph/graph.ts";
import { QuantizeError } from "../quantize-error.ts";
import type { Range } from "../scale.ts";
import type { Batch, OpenSession } from "../session.ts";
import { valueName } from "../value-name.ts";
import { entropyRange } from "./entropy.ts";
import { addSigned, addSizes, signedHistogram, sizeHistogram, unite, type Histogram } from "./histogram.ts";
import { completeMethod, type CompleteMethod, type Method } from "./method.ts";
import { observing } from "./observe.ts";
import { percentileRange } from "./percentile.ts";

/** Pictures, and what is made of the values that they give rise to. */
export interface Calibration {
  /** The pictures from the first to the last, anew at each call. */
  readonly batches: () => Iterable<Batch> | AsyncIterable<Batch>;
  readonly method: Method;
}

/** How far a calibration is. */
export interface CalibrationProgress {
  /** Ranges come first; methods with histograms then look at all pictures once more. */
  readonly stage: "Ranges" | "Histograms";
  readonly batches: number;
}

/** Who runs the model, who watches, and who may stop it. */
export interface Run {
  readonly open: OpenSession;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: CalibrationProgress) => void) | undefined;
}

/**
 * The range of each value over all pictures. Memory is bounded by one batch and the histograms: ranges are measured
 * first, by the model itself, so histograms have their final bins from the beginning and their counts do not depend
 * on the order of the pictures.
 * @throws {QuantizeError} without pictures, and for a value that is not finite.
 * @throws the signal's reason, between two batches.
 */
export async function calibrate(
  model: Model,
  values: readonly Value[],
  { batches, method }: Calibration,
  run: Run,
): Promise<ReadonlyMap<Value, Range>> {
  const complete = completeMethod(method);
  const extremes = await measureExtremes(model, values, { batches, withSizes: ofSizes(complete) }, run);
  if (complete.kind === "MinMax") return extremes;
  const histograms = await fillHistograms(model, emptyHistograms(extremes, complete), { batches, method }, run);
  return new Map([...histograms].map(([value, histogram]) => [value, rangeBy(complete, histogram)]));
}

/** Extremes, with the least size of all elements, which is 0 where nobody asks for it. */
interface Extremes extends Range {
  readonly leastSize: number;
}

interface Extent {
  readonly batches: Calibration["batches"];
  readonly withSizes: boolean;
}

async function measureExtremes(
  model: Model,
  values: readonly Value[],
  { batches, withSizes }: Extent,
  run: Run,
): Promise<ReadonlyMap<Value, Extremes>> {
  const found = new Map<Value, Extremes>();
  if (values.length === 0) return found;
  const observed = withSizes ? (["lowest", "highest", "least size"] as const) : (["lowest", "highest"] as const);
  const count = observed.length;
  await using session = await run.open(observing(model, values, observed));
  await eachBatch("Ranges", batches, run, async (batch) => {
    const results = (await session.run(batch)).map(({ data }) => Number(data[0]));
    for (const [place, value] of values.entries()) {
      const [lowest = 0, highest = 0, leastSize = 0] = results.slice(place * count, (place + 1) * count);
      checkFinite(value, lowest, highest);
      const before = found.get(value) ?? { lowest, highest, leastSize };
      found.set(value, {
        ...unite(before, { lowest, highest }),
        leastSize: Math.min(before.leastSize, leastSize),
      });
    }
  });
  return found;
}

function checkFinite(value: Value, lowest: number, highest: number): void {
  if (Number.isFinite(lowest) && Number.isFinite(highest)) return;
  throw new QuantizeError(`its values go from ${lowest} to ${highest} on a calibration picture`, {
    value: valueName(value),
    remedy: "give pictures that the model takes, or leave the nodes around it out",
  });
}

type HistogramMethod = Exclude<CompleteMethod, { kind: "MinMax" }>;

function emptyHistograms(extremes: ReadonlyMap<Value, Extremes>, method: HistogramMethod): Map<Value, Histogram> {
  return new Map(
    [...extremes].map(([value, { leastSize, ...range }]) => {
      const largest = Math.max(Math.abs(range.lowest), Math.abs(range.highest));
      return ofSizes(method)
        ? [value, sizeHistogram(method.bins, leastSize, largest, range)]
        : [value, signedHistogram(method.bins, range)];
    }),
  );
}

const ofSizes = (method: CompleteMethod): boolean => method.kind === "Percentile" && method.symmetric;

async function fillHistograms(
  model: Model,
  histograms: Map<Value, Histogram>,
  { batches, method }: Calibration,
  run: Run,
): Promise<ReadonlyMap<Value, Histogram>> {
  const values = [...histograms.keys()];
  if (values.length === 0) return histograms;
  const add = ofSizes(completeMethod(method)) ? addSizes : addSigned;
  await using session = await run.open(observing(model, values, ["elements"]));
  await eachBatch("Histograms", batches, run, async (batch) => {
    const results = await session.run(batch);
    for (const [place, value] of values.entries())
      histograms.set(value, add(histograms.get(value)!, results[place]!.data as Float32Array));
  });
  return histograms;
}

function rangeBy(method: HistogramMethod, histogram: Histogram): Range {
  switch (method.kind) {
    case "Entropy":
      return entropyRange(histogram, method.levels);
    case "Percentile":
      return percentileRange(histogram, method.percentile, method.symmetric ? "sizes" : "signed");
  }
}

async function eachBatch(
  stage: CalibrationProgress["stage"],
  batches: Calibration["batches"],
  { signal, onProgress }: Run,
  look: (batch: Batch) => Promise<void>,
): Promise<void> {
  let seen = 0;
  for await (const batch of batches()) {
    signal?.throwIfAborted();
    await look(batch);
    seen++;
    onProgress?.({ stage, batches: seen });
  }
  if (seen === 0)
    throw new QuantizeError("there is no calibration picture", {
      remedy: "give at least one batch, and all of them anew each time that batches() is called",
    });
}
