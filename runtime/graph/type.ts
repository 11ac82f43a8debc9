import { elements, elementTypeOf, type ElementType } from "./elements.ts";
import type { Message, MessageInit, TypeProto } from "./codec/types.ts";

/**
 * A size: known, or the name of one that is not, such as "N". Sizes of one name are equal. A size that the model did
 * not name has a name of its own that begins with "?"; it is written as unknown again.
 */
export type Dim = number | string;

/** What is known of a tensor of numbers before it is computed. */
export interface TensorType {
  readonly type: ElementType;
  /** Undefined where not even the rank is known. */
  readonly dims: readonly Dim[] | undefined;
}

/** A fresh name for a size that nothing names. */
export const unknownDim = (serial: number): string => `?${serial}`;

/** A source of fresh names for sizes; one for each graph that is read or inferred. */
export function dimNames(): () => string {
  let next = 0;
  return () => unknownDim(next++);
}

/** Whether a size has no name but the one that it was given here. */
const isUnnamed = (name: string): boolean => name === "" || name.startsWith("?");

/**
 * A tensor type as ONNX writes it. What the model wrote for it (`was`) stays as far as it still holds: how it called
 * sizes that are not known, and what type and axes denote.
 */
export function typeProto({ type, dims }: TensorType, was?: TypeProto): MessageInit<"TypeProto"> {
  const { shape, ...before } = was?.tensorType ?? {};
  const sizes = shape?.dim.length === dims?.length ? shape?.dim : undefined;
  const dim = dims?.map((size, axis) => dimensionProto(size, sizes?.[axis]));
  const { code } = elements[type];
  if (was !== undefined && code === before.elemType && isEqual(dim, shape?.dim)) return was;
  const tensorType = { ...before, elemType: code, ...(dim && { shape: { ...shape, dim } }) };
  return { ...(was?.tensorType && was), tensorType };
}

type DimensionInit = MessageInit<"TensorShapeProto.Dimension">;

/** The same object where it says that size. */
function dimensionProto(size: Dim, was: Message<"TensorShapeProto.Dimension"> | undefined): DimensionInit {
  const { dimValue = -1, dimParam = "", ...rest } = was ?? {};
  if (typeof size === "number") return size === dimValue ? was! : { ...rest, dimValue: size };
  if (isUnnamed(size)) return was !== undefined && dimValue < 0 && isUnnamed(dimParam) ? was : rest;
  return dimValue < 0 && dimParam === size ? was! : { ...rest, dimParam: size };
}

const isEqual = <T>(a: readonly T[] | undefined, b: readonly T[] | undefined): boolean =>
  a?.length === b?.length && (a ?? []).every((item, index) => item === b?.[index]);

/** The tensor type that ONNX wrote; undefined for what is no tensor of numbers. `fresh` names sizes without one. */
export function tensorTypeOf(proto: TypeProto | undefined, fresh: () => string): TensorType | undefined {
  const type = elementTypeOf(proto?.tensorType?.elemType);
  if (type === undefined) return undefined;
  const dims = proto?.tensorType?.shape?.dim.map(({ dimValue = -1, dimParam = "" }) => {
    // Exporters write -1 or "?" for a size that they do not know.
    if (dimValue >= 0) return dimValue;
    return isUnnamed(dimParam) ? fresh() : dimParam;
  });
  return { type, dims };
}
