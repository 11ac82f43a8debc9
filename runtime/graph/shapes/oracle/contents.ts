import type { Tensor } from "onnxruntime-node";
import type { Dim } from "../../type.ts";
import { evaluate } from "./evaluate.ts";
import type { Sizes } from "./actual.ts";

/**
 * What is wrong in what is known of a tensor's contents, in words: "element 1 is 3 and not 4". What is not known, and
 * whole numbers beyond 2^53 that are known only to be there, cannot be wrong.
 */
export function mistakesIn(known: readonly (Dim | undefined)[] | undefined, actual: Tensor, sizes: Sizes): string[] {
  if (known === undefined) return [];
  const elements = Array.from(actual.data as ArrayLike<number | bigint>, (element) => element);
  if (elements.length !== known.length) return [`${known.length} elements are known of ${elements.length}`];
  return known.flatMap((element, place) => {
    const size = typeof element === "string" ? evaluate(element, sizes) : element;
    if (size === undefined || isSame(size, elements[place]!)) return [];
    return [`element ${place} is ${element} (${size}) and not ${elements[place]}`];
  });
}

function isSame(known: number, actual: number | bigint): boolean {
  if (typeof actual === "number") return known === actual || (Number.isNaN(known) && Number.isNaN(actual));
  return Number.isSafeInteger(known) ? BigInt(known) === actual : known === Number(actual);
}
