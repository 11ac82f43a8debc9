import type { Value } from "../../graph/expression.ts";
import type { Model } from "../../graph/graph.ts";
import { QuantizeError } from "../quantize-error.ts";
import type { Range } from "../scale.ts";
import type { Batch, OpenSession, Session } from "../session.ts";
import { valueName } from "../value-name.ts";
import { entropyRange } from "./entropy.ts";
import { extremesOf, uniteExtremes, type Extremes } from "./extremes.ts";
import { addSigned, addSizes, signedHistogram, sizeHistogram, unite, type Histogram } from "./histogram.ts";
import { completeMethod, type CompleteMethod, type Method } from "./method.ts";
import { observing } from "./observe.ts";
import { percentileRange } from "./percentile.ts";

/** Pictures, and what is made of the values that they give rise to. */
export interface Calibration {
  /** The pictures from the first to the last, anew at each call. */
  readonly batches: () => Iterable<Batch> | AsyncIterable<Batch>;
  readonly method: Method;
  /**
   * Bytes of values that may be kept so that their pictures need not be looked at twice; 256 MiB by default. MinMax keeps
   * none.
   */
  readonly memory?: number;
}

/** How far a calibration is. */
export interface CalibrationProgress {
  /** Ranges come first; methods with histograms then look once more at the pictures whose values were not kept. */
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
 * The range of each value over all pictures. Memory is bounded by one batch, the histograms and `memory`: ranges are
 * measured first, so histograms have their final bins from the beginning and their counts do not depend on the order of
 * the pictures.
 * @throws {QuantizeError} without pictures, and for a value that is not finite.
 * @throws the signal's reason, between two batches.
 */
export async function calibrate(
  model: Model,
  values: readonly Value[],
  { batches, method, memory = 256 * 2 ** 20 }: Calibration,
  run: Run,
): Promise<ReadonlyMap<Value, Range>> {
  if (values.length === 0) return new Map();
  const complete = completeMethod(method);
  if (complete.kind === "MinMax") return measureRanges(model, values, batches, run);
  await using session = await run.open(observing(model, values, ["elements"]));
  const look: Look = { session, values, batches, run };
  const { extremes, kept } = await lookOnce(look, memory);
  const histograms = emptyHistograms(extremes, complete);
  const add = ofSizes(complete) ? addSizes : addSigned;
  const count = (elements: readonly Float32Array[]): void => {
    for (const [place, value] of values.entries()) histograms.set(value, add(histograms.get(value)!, elements[place]!));
  };
  for (const elements of kept.batches) count(elements);
  if (!kept.isAll) await lookAgain(look, kept.batches.length, count);
  return new Map([...histograms].map(([value, histogram]) => [value, rangeBy(complete, histogram)]));
}

/** The range of each value, measured by the model itself. */
async function measureRanges(
  model: Model,
  values: readonly Value[],
  batches: Calibration["batches"],
  run: Run,
): Promise<ReadonlyMap<Value, Range>> {
  const found = new Map<Value, Range>();
  await using session = await run.open(observing(model, values, ["lowest", "highest"]));
  await eachBatch("Ranges", batches, run, async (batch) => {
    const results = (await session.run(batch)).map(({ data }) => Number(data[0]));
    for (const [place, value] of values.entries()) {
      const range = { lowest: results[2 * place]!, highest: results[2 * place + 1]! };
      checkFinite(value, range);
      found.set(value, unite(found.get(value) ?? range, range));
    }
  });
  return found;
}

/** A model that gives back all elements of values, and the pictures that it looks at. */
interface Look {
  readonly session: Session;
  readonly values: readonly Value[];
  readonly batches: Calibration["batches"];
  readonly run: Run;
}

/** The elements of values in the first batches: as many as fit. */
interface Kept {
  readonly batches: readonly (readonly Float32Array[])[];
  readonly isAll: boolean;
}

async function lookOnce(
  { session, values, batches, run }: Look,
  memory: number,
): Promise<{ readonly extremes: ReadonlyMap<Value, Extremes>; readonly kept: Kept }> {
  const extremes = new Map<Value, Extremes>();
  const kept: (readonly Float32Array[])[] = [];
  let [left, isAll] = [memory, true];
  await eachBatch("Ranges", batches, run, async (batch) => {
    const elements = (await session.run(batch)).map(({ data }) => data as Float32Array);
    for (const [place, value] of values.entries()) {
      const found = extremesOf(elements[place]!);
      checkFinite(value, found);
      extremes.set(value, uniteExtremes(extremes.get(value) ?? found, found));
    }
    left -= elements.reduce((sum, { byteLength }) => sum + byteLength, 0);
    isAll &&= left >= 0;
    if (isAll) kept.push(elements);
  });
  return { extremes, kept: { batches: kept, isAll } };
}

/** Looks at all batches but the first ones once more. */
async function lookAgain(
  { session, batches, run }: Look,
  first: number,
  count: (elements: readonly Float32Array[]) => void,
): Promise<void> {
  let seen = 0;
  await eachBatch("Histograms", batches, run, async (batch) => {
    if (seen++ >= first) count((await session.run(batch)).map(({ data }) => data as Float32Array));
  });
}

function checkFinite(value: Value, { lowest, highest }: Range): void {
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
