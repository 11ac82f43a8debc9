import type { Limit } from "../limit.ts";
import { contentsOf, typeOfInput, type Site } from "../site.ts";
import { sources } from "../source.ts";

const both = ["QuantizeLinear", "DequantizeLinear"];
const some = (values: ArrayLike<number> | undefined, test: (value: number) => boolean): boolean =>
  values !== undefined && Array.prototype.some.call(values, test);

/** The element type on the quantized side, if it is known. */
function quantizedType(site: Site): string | undefined {
  if (site.made.opType === "DequantizeLinear") return typeOfInput(site, 0);
  const result = site.made.results[0];
  return typeOfInput(site, 2) ?? (result === undefined ? undefined : site.types.of(result)?.type);
}

/** Whether it quantizes to a type of which a test does not approve. */
const quantizesTo =
  (isRefused: (type: string) => boolean) =>
  (site: Site): string | undefined => {
    const type = quantizedType(site);
    return type !== undefined && isRefused(type) ? `it quantizes to ${type}` : undefined;
  };

const taken: ReadonlySet<string> = new Set(["int8", "int4", "float8e4m3fn", "float4e2m1"]);
const explained: ReadonlySet<string> = new Set(["uint8", "int32"]);

/** Explicit quantization: symmetric, to int8 (or float8, int4), a scale for a tensor or for each slice of a weight. */
export const quantizationLimits: readonly Limit[] = [
  {
    operators: both,
    broken: quantizesTo((type) => type === "uint8"),
    remedy: "quantize to int8 with zero point 0 (TensorRT takes uint8 for int8, which gives other numbers)",
    source: sources.importers,
  },
  {
    operators: both,
    broken: quantizesTo((type) => type === "int32"),
    remedy: "leave the bias in floating point",
    source: sources.int32Bias,
  },
  {
    operators: both,
    broken: quantizesTo((type) => !taken.has(type) && !explained.has(type)),
    remedy: "quantize to int8 with zero point 0",
    source: sources.importers,
  },
  {
    operators: both,
    broken: (site) => (some(contentsOf(site, 2), (value) => value !== 0) ? "its zero point is not 0" : undefined),
    remedy: "quantize symmetrically: zero point 0",
    source: sources.importers,
  },
  {
    operators: both,
    broken: (site) => (some(contentsOf(site, 1), (value) => !(value > 0)) ? "a scale is not positive" : undefined),
    remedy: "give slices that are all zero a small scale",
    source: sources.importers,
  },
];
