import type { Value } from "../../graph/expression.ts";
import type { Model } from "../../graph/graph.ts";
import type { Range } from "../scale.ts";
import type { OpenSession } from "../session.ts";
import { entropyRange } from "./entropy.ts";
import type { Extremes } from "./extremes.ts";
import { countSigned, countSizes, signedHistogram, sizeHistogram, type Histogram } from "./histogram.ts";
import { look, lookAgain, type Elements, type Look, type Sight } from "./look.ts";
import { completeMethod, type CompleteMethod, type Method } from "./method.ts";
import { observing, type Observed } from "./observe.ts";
import { percentileOfSizes, percentileRange } from "./percentile.ts";

/** Pictures, and what is made of the values that they give rise to. */
export interface Calibration extends Pick<Look, "batches"> {
  readonly method: Method;
  /**
   * Bytes of values that may be kept so that their pictures need not be looked at twice; 256 MiB by default. MinMax keeps
   * none.
   */
  readonly memory?: number;
}

/** Who runs the model, who watches, and who may stop it. */
export interface Run extends Pick<Look, "signal" | "onProgress"> {
  readonly open: OpenSession;
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
  { batches, method: given, memory = 256 * 2 ** 20 }: Calibration,
  { open, ...watcher }: Run,
): Promise<ReadonlyMap<Value, Range>> {
  if (values.length === 0) return new Map();
  const method = completeMethod(given);
  const observed = observedFor(method);
  await using session = await open(observing(model, values, observed));
  const at: Look = { session, values, observed, batches, ...watcher };
  const sight = await look(at, memory);
  return method.kind === "MinMax" ? sight.extremes : await rangesBy(method, at, sight);
}

function observedFor(method: CompleteMethod): readonly Observed[] {
  const always = ["lowest", "highest", "sum"] as const;
  if (method.kind === "MinMax") return always;
  return ofSizes(method) ? ["elements", "leastSize", ...always] : ["elements", ...always];
}

type HistogramMethod = Exclude<CompleteMethod, { kind: "MinMax" }>;

const ofSizes = (method: HistogramMethod): boolean => method.kind === "Percentile" && method.symmetric;

/** What a method makes of the elements of the values. */
async function rangesBy(method: HistogramMethod, at: Look, sight: Sight): Promise<ReadonlyMap<Value, Range>> {
  const { extremes, kept, batches } = sight;
  const empty = at.values.map((value) => emptyFor(method, extremes.get(value)!));
  const ranges =
    method.kind === "Percentile" && method.symmetric && kept.length === batches
      ? empty.map((none, place) => percentileOfSizes(none, partsOf(kept, place), method.percentile))
      : (await counted(method, empty, at, sight)).map((histogram) => rangeBy(method, histogram));
  return new Map(at.values.map((value, place) => [value, ranges[place]!]));
}

const partsOf = (kept: readonly Elements[], place: number): Elements => kept.map((elements) => elements[place]!);

/** The histograms of all values over all pictures. */
async function counted(
  method: HistogramMethod,
  empty: readonly Histogram[],
  at: Look,
  { kept, batches }: Sight,
): Promise<readonly Histogram[]> {
  const add = ofSizes(method) ? countSizes : countSigned;
  let histograms = empty;
  const count = (elements: Elements): void => {
    histograms = histograms.map((histogram, place) => add(histogram, elements[place]!));
  };
  for (const elements of kept) count(elements);
  if (kept.length < batches) await lookAgain(at, kept.length, count);
  return histograms;
}

function emptyFor(method: HistogramMethod, { leastSize, ...range }: Extremes): Histogram {
  const largest = Math.max(Math.abs(range.lowest), Math.abs(range.highest));
  return ofSizes(method) ? sizeHistogram(method.bins, leastSize, largest, range) : signedHistogram(method.bins, range);
}

function rangeBy(method: HistogramMethod, histogram: Histogram): Range {
  switch (method.kind) {
    case "Entropy":
      return entropyRange(histogram, method.levels);
    case "Percentile":
      return percentileRange(histogram, method.percentile, method.symmetric ? "sizes" : "signed");
  }
}
