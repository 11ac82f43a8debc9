import type { ElementType } from "./elements.ts";
import { attributeTypes } from "./schema.ts";
import type { AttributeProto, MessageInit, TensorProto } from "./types.ts";

/** A size: known, or the name of one that is not, such as "N". */
export type Dim = number | string;

/** A value of a graph in the making: an input, a constant, or what an operator makes of other values. */
export type Value = Input | Constant | Result;

/** A value that is given when the graph runs. */
export interface Input {
  readonly kind: "Input";
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly Dim[];
}

/** A value that is part of the graph. */
export interface Constant {
  readonly kind: "Constant";
  readonly tensor: TensorProto;
}

/** One output of an operator. */
export interface Result {
  readonly kind: "Result";
  readonly application: Application;
  readonly index: number;
}

/** An operator applied to values; several results may share it. */
export interface Application {
  readonly opType: string;
  readonly domain: string;
  /** `undefined` is an optional input left out. */
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: readonly AttributeProto[];
  readonly outputs: number;
  readonly name: string | undefined;
}

/** Marks numbers as FLOAT or FLOATS; plain numbers are INT or INTS. */
export interface Floats {
  readonly floats: number | readonly number[];
}

/** An attribute's value in JavaScript. */
export type AttributeValue = number | bigint | string | readonly number[] | Floats | { readonly tensor: TensorProto };

/** A floating-point attribute. */
export const float = (floats: number | readonly number[]): Floats => ({ floats });

/** A value given when the graph runs. */
export const input = (name: string, type: ElementType, dims: readonly Dim[]): Input => ({
  kind: "Input",
  name,
  type,
  dims,
});

/** A value that is part of the graph; one whose tensor has no name gets one there. */
export const constant = (tensor: TensorProto): Constant => ({ kind: "Constant", tensor });

interface Applying {
  readonly domain?: string;
  /** Of the node, and of its first output; made from the operator and its place in the graph when left out. */
  readonly name?: string;
}

type Attributes = Readonly<Record<string, AttributeValue | undefined>>;

/** The first output of an operator applied to values. Attributes that are undefined are left out. */
export function apply(
  opType: string,
  inputs: readonly (Value | undefined)[],
  attributes: Attributes = {},
  options: Applying = {},
): Result {
  return applyMany(opType, inputs, attributes, 1, options)[0]!;
}

/** All outputs of an operator applied to values. */
export function applyMany(
  opType: string,
  inputs: readonly (Value | undefined)[],
  attributes: Attributes,
  outputs: number,
  { domain = "", name }: Applying = {},
): readonly Result[] {
  const application: Application = {
    opType,
    domain,
    inputs,
    attributes: Object.entries(attributes).flatMap(([key, value]) =>
      value === undefined ? [] : [attribute(key, value)],
    ),
    outputs,
    name,
  };
  return Array.from({ length: outputs }, (_, index) => ({ kind: "Result", application, index }));
}

const noAttribute = {
  floats: [],
  ints: [],
  strings: [],
  tensors: [],
  graphs: [],
  sparseTensors: [],
  typeProtos: [],
} as const;

/** An attribute as ONNX has it. */
export function attribute(name: string, value: AttributeValue): AttributeProto {
  const of = (field: keyof typeof attributeTypes, payload: MessageInit<"AttributeProto">): AttributeProto =>
    ({ ...noAttribute, name, type: attributeTypes[field], ...payload }) as AttributeProto;
  if (typeof value === "number" || typeof value === "bigint") return of("i", { i: value });
  if (typeof value === "string") return of("s", { s: new TextEncoder().encode(value) });
  if ("tensor" in value) return of("t", { t: value.tensor });
  if (!("floats" in value)) return of("ints", { ints: value });
  return typeof value.floats === "number" ? of("f", { f: value.floats }) : of("floats", { floats: value.floats });
}
