import type { Value } from "../../graph/expression.ts";
import { QuantizeError } from "../quantize-error.ts";
import type { Range } from "../scale.ts";
import { valueName } from "../value-name.ts";
import type { Observation } from "./observe.ts";

/** A range, with the least size of all values where that was observed. From Infinity to -Infinity: no value at all. */
export interface Extremes extends Range {
  readonly leastSize: number;
}

/** Of no value yet. */
export const noExtremes: Extremes = { lowest: Infinity, highest: -Infinity, leastSize: Infinity };

/** The extremes that a model found. @throws {QuantizeError} naming a value that is not finite. */
export function extremesIn({ lowest, highest, leastSize, sum }: Observation, value: Value): Extremes {
  const found = { lowest: Number(lowest![0]), highest: Number(highest![0]), leastSize: Number(leastSize?.[0] ?? 0) };
  if (Number.isNaN(Number(sum![0]))) throw notFinite(value, "some of its values are no numbers");
  const isFinite = Number.isFinite(found.lowest) && Number.isFinite(found.highest);
  if (isFinite || found.lowest > found.highest) return found;
  throw notFinite(value, `its values go from ${found.lowest} to ${found.highest}`);
}

const notFinite = (value: Value, problem: string): QuantizeError =>
  new QuantizeError(`${problem} on a calibration picture`, {
    value: valueName(value),
    remedy: "give pictures that the model takes, or leave the nodes around it out",
  });

/** The extremes of both. */
export const uniteExtremes = (a: Extremes, b: Extremes): Extremes => ({
  lowest: Math.min(a.lowest, b.lowest),
  highest: Math.max(a.highest, b.highest),
  leastSize: Math.min(a.leastSize, b.leastSize),
});

/** The extremes, and zeros where there was no value: a tensor that is empty on every picture. */
export const closed = (extremes: Extremes): Extremes =>
  extremes.lowest > extremes.highest ? { lowest: 0, highest: 0, leastSize: 0 } : extremes;
