import type { Value } from "../../graph/expression.ts";
import { QuantizeError } from "../quantize-error.ts";
import type { Batch, Session } from "../session.ts";
import { closed, extremesIn, noExtremes, uniteExtremes, type Extremes } from "./extremes.ts";
import { observationsIn, type Observation, type Observed } from "./observe.ts";

/** How far a calibration is. */
export interface CalibrationProgress {
  /** Ranges come first; methods with histograms then look once more at the pictures whose values were not kept. */
  readonly stage: "Ranges" | "Histograms";
  readonly batches: number;
}

/** A model that observes values, and the pictures that it looks at. */
export interface Look {
  readonly session: Session;
  readonly values: readonly Value[];
  readonly observed: readonly Observed[];
  /** The pictures from the first to the last, anew at each call. */
  readonly batches: () => Iterable<Batch> | AsyncIterable<Batch>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: CalibrationProgress) => void) | undefined;
}

/** All elements, value by value or batch by batch. */
export type Elements = readonly Float32Array[];

/** What was seen of all pictures. */
export interface Sight {
  readonly extremes: ReadonlyMap<Value, Extremes>;
  /** The elements in the first batches: of as many as fit. */
  readonly kept: readonly Elements[];
  /** How many batches there are. */
  readonly batches: number;
}

/** Looks at all pictures, and keeps up to `memory` bytes of the elements, if they are observed. @throws {QuantizeError} */
export async function look(at: Look, memory: number): Promise<Sight> {
  const extremes = new Map(at.values.map((value) => [value, noExtremes]));
  const kept: Elements[] = [];
  let left = memory;
  const batches = await eachBatch("Ranges", at, async (batch) => {
    const seen = observationsIn(await at.session.run(batch), at.observed);
    for (const [place, value] of at.values.entries())
      extremes.set(value, uniteExtremes(extremes.get(value)!, extremesIn(seen[place]!, value)));
    const elements = elementsIn(seen);
    left -= elements.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (left >= 0) kept.push(elements);
  });
  return { extremes: new Map([...extremes].map(([value, found]) => [value, closed(found)])), kept, batches };
}

/** Looks once more at all batches but the `first` ones. */
export async function lookAgain(at: Look, first: number, count: (elements: Elements) => void): Promise<void> {
  let seen = 0;
  await eachBatch("Histograms", at, async (batch) => {
    if (seen++ >= first) count(elementsIn(observationsIn(await at.session.run(batch), at.observed)));
  });
}

const elementsIn = (seen: readonly Observation[]): Elements =>
  seen.flatMap(({ elements }) => (elements === undefined ? [] : [elements as Float32Array]));

async function eachBatch(
  stage: CalibrationProgress["stage"],
  { batches, signal, onProgress }: Look,
  see: (batch: Batch) => Promise<void>,
): Promise<number> {
  let seen = 0;
  for await (const batch of batches()) {
    signal?.throwIfAborted();
    await see(batch);
    seen++;
    onProgress?.({ stage, batches: seen });
  }
  if (seen > 0) return seen;
  throw new QuantizeError("there is no calibration picture", {
    remedy: "give at least one batch, and all of them anew each time that batches() is called",
  });
}
