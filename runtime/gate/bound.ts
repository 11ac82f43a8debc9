import { decimal } from "../../crds/measurement.ts";

/** A ceiling of a check as a number: "40ms" and "2s" in milliseconds, "600Mi" in bytes. */
export function parseCeiling(text: string): number {
  const [, digits, unit] = /^([0-9]+)(ms|s|Ki|Mi|Gi)?$/.exec(text) ?? [];
  if (digits === undefined)
    throw new RangeError(`atMost ${text} must be a duration such as 40ms or a size such as 600Mi`);
  return Number(digits) * factors[(unit ?? "") as keyof typeof factors];
}

const factors = { "": 1, ms: 1, s: 1000, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3 } as const;

/** A number as the API takes it: a decimal string with at most six places; undefined for what does not fit into one. */
export function decimalOf(value: number | null): string | undefined {
  if (value === null || !Number.isFinite(value) || Math.abs(value) >= 1e9) return undefined;
  return decimal(value, 6);
}
