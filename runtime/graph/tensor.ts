import { aligned } from "./codec/aligned.ts";
import { elements, elementTypeOf, type ElementType, type TypedArray } from "./elements.ts";
import type { MessageInit, TensorProto } from "./codec/types.ts";

/** A constant whose elements cannot be read; names it and says why. */
export class TensorError extends Error {
  readonly tensor: string;
  readonly problem: string;

  constructor(tensor: string, problem: string) {
    super(`tensor ${JSON.stringify(tensor)}: ${problem}`);
    this.name = "TensorError";
    this.tensor = tensor;
    this.problem = problem;
  }
}

/** The number of elements of a shape; 1 for a scalar. */
export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/**
 * A constant, named or not, as a view of `data`: row-major, `data.length` elements in the shape `dims`.
 * @throws {TensorError} if `dims` are no shape, or the elements do not fill it.
 */
export function tensor(
  name: string | undefined,
  type: ElementType,
  dims: readonly number[],
  data: TypedArray,
): TensorProto {
  const { code, array, perSlot } = elements[type];
  if (dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0))
    throw new TensorError(name ?? "", `${shown(dims)} is no shape`);
  if (!(data instanceof array) || data.length !== Math.ceil(sizeOf(dims) / perSlot))
    throw new TensorError(name ?? "", `${data.length} values do not fill ${type} [${dims.join(", ")}]`);
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { ...empty, ...(name === undefined ? {} : { name }), dataType: code, dims, rawData };
}

const empty = {
  dims: [],
  stringData: [],
  externalData: [],
  metadataProps: [],
} as const satisfies MessageInit<"TensorProto">;

/** The element type of a constant. @throws {TensorError} for strings and for types unknown to us. */
export function typeOf(constant: TensorProto): ElementType {
  const type = elementTypeOf(constant.dataType);
  if (type === undefined)
    throw new TensorError(constant.name ?? "", `data_type ${constant.dataType ?? 0} is no number type`);
  return type;
}

/**
 * The elements of a constant in row-major order: a view of the model's bytes where they are aligned, else a
 * copy. Types that JavaScript lacks come as their bits (float16 as Uint16Array, two 4-bit values a byte).
 * @throws {TensorError} if there are more or fewer elements than the shape says, or they lie in another file.
 */
export function valuesOf(constant: TensorProto): TypedArray {
  const { array, field } = elements[typeOf(constant)];
  if (constant.dataLocation === 1)
    throw new TensorError(constant.name ?? "", "its elements are external data, which is not loaded");
  const expected = checkCount(constant);
  const { rawData } = constant;
  if (rawData === undefined) return fromField(constant[field], array);
  const bytes = aligned(rawData, array.BYTES_PER_ELEMENT);
  return new array(bytes.buffer, bytes.byteOffset, expected);
}

/**
 * How many elements of the array that holds it a constant of numbers has.
 * @throws {TensorError} if it has more or fewer than its shape says.
 */
export function checkCount(constant: TensorProto): number {
  const { dims, rawData, name = "" } = constant;
  const { array, field, perSlot } = elements[typeOf(constant)];
  const expected = Math.ceil(sizeOf(dims) / perSlot);
  const found = rawData === undefined ? (constant[field]?.length ?? 0) : rawData.length / array.BYTES_PER_ELEMENT;
  if (found !== expected || dims.some((dim) => dim < 0))
    throw new TensorError(name, `the shape ${shown(dims)} needs ${expected} values, and there are ${found}`);
  return expected;
}

const shown = (dims: readonly number[]): string =>
  dims.length <= 16 ? `[${dims.join(", ")}]` : `[${dims.slice(0, 16).join(", ")}, and ${dims.length - 16} more]`;

function fromField(values: TypedArray | undefined, array: (typeof elements)[ElementType]["array"]): TypedArray {
  if (values === undefined) return new array(0);
  if (values instanceof array) return values;
  // Only uint32 travels in a wider field than its own.
  return values instanceof BigUint64Array ? Uint32Array.from(values, Number) : array.from(values);
}
