import type { TensorProto } from "../codec/types.ts";
import { elementTypeOf } from "../elements.ts";
import { sizeOf, valuesOf } from "../tensor.ts";
import type { Dim } from "../type.ts";

/**
 * What a small tensor holds: numbers, and sizes that only names are known of. An element that is not known is
 * undefined. Row-major. A whole number beyond 2^53 is the nearest that JavaScript has: its order is exact, no more.
 */
export interface Values {
  readonly dims: readonly number[];
  readonly elements: readonly (Dim | undefined)[];
}

/** Tensors of more elements than this are not followed: shapes, axes, pads, sizes and scales are small. */
export const mostElements = 1024;

/** What a constant holds; undefined where it is large, no numbers, or in another file. Types of bits are not read. */
export function valuesOfTensor(tensor: TensorProto): Values | undefined {
  const type = elementTypeOf(tensor.dataType);
  if (type === undefined || !readable.has(type) || tensor.dataLocation === 1) return undefined;
  if (tensor.dims.length > 8 || sizeOf(tensor.dims) > mostElements) return undefined;
  const elements: number[] = [];
  for (const value of valuesOf(tensor)) elements.push(Number(value));
  return { dims: tensor.dims, elements };
}

const readable: ReadonlySet<string> = new Set([
  ...["float32", "float64", "int8", "int16", "int32", "int64"],
  ...["uint8", "uint16", "uint32", "uint64", "bool"],
]);

/** A list of values. */
export const listOf = (elements: readonly (Dim | undefined)[]): Values => ({ dims: [elements.length], elements });

/** All elements as numbers; undefined where one is not known. */
export function numbersIn(values: Values | undefined): readonly number[] | undefined {
  if (values === undefined) return undefined;
  return values.elements.every((element) => typeof element === "number") ? values.elements : undefined;
}
