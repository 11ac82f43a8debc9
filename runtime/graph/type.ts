import { elements, elementTypeOf, type ElementType } from "./elements.ts";
import type { MessageInit, TypeProto } from "./codec/types.ts";

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

/** A tensor type as ONNX writes it. */
export function typeProto({ type, dims }: TensorType): MessageInit<"TypeProto"> {
  const dim = dims?.map((size) =>
    typeof size === "number" ? { dimValue: size } : size.startsWith("?") ? {} : { dimParam: size },
  );
  return { tensorType: { elemType: elements[type].code, ...(dim && { shape: { dim } }) } };
}

/** The tensor type that ONNX wrote; undefined for what is no tensor of numbers. `fresh` names sizes without one. */
export function tensorTypeOf(proto: TypeProto | undefined, fresh: () => string): TensorType | undefined {
  const type = elementTypeOf(proto?.tensorType?.elemType);
  if (type === undefined) return undefined;
  const dims = proto?.tensorType?.shape?.dim.map(({ dimValue = -1, dimParam = "" }) => {
    // Exporters write -1 for a size that they do not know, and ONNX Runtime takes it so.
    if (dimValue >= 0) return dimValue;
    return dimParam === "" ? fresh() : dimParam;
  });
  return { type, dims };
}
