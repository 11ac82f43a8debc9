import { elements } from "../elements.ts";
import { sizeOf, TensorError, typeOf } from "../tensor.ts";
import type { MessageInit, TensorProto } from "../codec/types.ts";
import { ExternalDataError } from "./external-error.ts";

/** Where the elements of a constant are. */
export interface ExternalPlace {
  /** A path relative to the folder of the model, with "/" between its parts. */
  readonly location: string;
  readonly offset: number;
  /** In bytes; what type and shape of the constant ask for. */
  readonly length: number;
  /** SHA-1 of the whole file, in hexadecimal. */
  readonly checksum: string | undefined;
}

/**
 * Where a constant says that its elements are. The path stays within the folder of the model: it is relative, and has
 * no `..`. Source: https://onnx.ai/onnx/repo-docs/ExternalData.html
 * @throws {ExternalDataError}
 */
export function placeOf(tensor: TensorProto): ExternalPlace {
  const entries = new Map(tensor.externalData.map(({ key = "", value = "" }) => [key, value]));
  const location = entries.get("location") ?? "";
  const refuse = (problem: string): never => {
    throw new ExternalDataError(tensor.name ?? "", location, problem);
  };
  const steps = location.split("/");
  if (location === "" || location.includes("\0") || location.includes("\\") || /^[a-z]:/i.test(location))
    refuse("the location is no relative path with / between its parts");
  if (steps[0] === "") refuse("the location is absolute; it lies in the folder of the model");
  if (steps.includes("..")) refuse("the location leaves the folder of the model");
  const number = (key: string, otherwise: number): number => {
    const text = entries.get(key);
    if (text === undefined) return otherwise;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    return Number.isSafeInteger(value)
      ? value
      : refuse(`${key} ${JSON.stringify(text.slice(0, 40))} is no number of bytes`);
  };
  const expected = askedFor(tensor, refuse);
  const length = number("length", expected);
  if (length !== expected) refuse(`it is ${length} bytes long, and type and shape ask for ${expected}`);
  const checksum = entries.get("checksum")?.toLowerCase();
  return { location, offset: number("offset", 0), length, checksum: checksum === "" ? undefined : checksum };
}

function askedFor(tensor: TensorProto, refuse: (problem: string) => never): number {
  try {
    return bytesOf(tensor);
  } catch (error) {
    if (error instanceof TensorError) return refuse(error.problem);
    throw error;
  }
}

/** Bytes that the elements of a constant take in a file. @throws {TensorError} for strings. */
export function bytesOf(tensor: TensorProto): number {
  const { array, perSlot } = elements[typeOf(tensor)];
  const bytes = Math.ceil(sizeOf(tensor.dims) / perSlot) * array.BYTES_PER_ELEMENT;
  if (!Number.isSafeInteger(bytes) || tensor.dims.some((dim) => dim < 0))
    throw new TensorError(tensor.name ?? "", "its shape has no number of bytes");
  return bytes;
}

/** The constant without its elements, which are at that place. */
export function moved(tensor: MessageInit<"TensorProto">, place: ExternalPlace): MessageInit<"TensorProto"> {
  const { rawData: _r, floatData: _f, int32Data: _i, int64Data: _l, doubleData: _d, uint64Data: _u, ...rest } = tensor;
  const { location, offset, length, checksum } = place;
  const entries = { location, offset: String(offset), length: String(length), ...(checksum && { checksum }) };
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  return { ...rest, dataLocation: 1, externalData };
}
