import type { ElementType } from "../elements.ts";
import type { Dim } from "../type.ts";

/** What the element types of small tensors hold. */

export const isWhole = (type: ElementType): boolean => type.startsWith("int") || type.startsWith("uint");

/** Whether it is a whole number that may stand for its neighbors: JavaScript has not all of those beyond 2^53. */
export const isInexact = (x: Dim | undefined): boolean => typeof x === "number" && !Number.isSafeInteger(x);

/** Types in which sizes are followed by name: that they fit into the others is not known. */
const named: ReadonlySet<ElementType> = new Set(["int32", "int64", "float32", "float64"]);

/** What an expression of sizes has that types of 32 bits may not hold; sizes are taken to be small. */
const large = /\d{8}/;

/** What a type holds of a result; undefined where it wraps around, is not exact or not finite. */
export function held(x: Dim, type: ElementType): Dim | undefined {
  if (typeof x === "string") return named.has(type) && !(type.endsWith("32") && large.test(x)) ? x : undefined;
  return isWhole(type) ? narrow(x, type) : fit(x, type);
}

function fit(x: number, type: ElementType): number | undefined {
  const own = type === "float32" ? Math.fround(x) : x;
  return Number.isFinite(own) ? own : undefined;
}

function narrow(x: number, type: ElementType): number | undefined {
  const bits = Number(/\d+$/.exec(type)?.[0] ?? 0);
  const [least, most] = type.startsWith("u") ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  return Number.isSafeInteger(x) && x >= least && x <= most ? x : undefined;
}
