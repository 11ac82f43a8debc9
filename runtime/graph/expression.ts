import type { ElementType } from "./elements.ts";
import type { Graph } from "./graph.ts";
import type { Dim } from "./type.ts";
import { attributeTypes } from "./codec/schema.ts";
import type { AttributeProto, MessageInit, TensorProto, ValueInfoProto } from "./codec/types.ts";

/**
 * A value of a graph: an input, a constant, what an operator makes of other values, or, within the body of a loop or
 * a branch, a value of the graph around it. Values are compared by identity: one object is one value.
 */
export type Value = Input | Constant | Result | Outer;

/** A value that is given when the graph runs. */
export interface Input {
  readonly kind: "Input";
  readonly name: string;
  /** Of its elements; undefined where it is no tensor of numbers (strings, a sequence, a map): `info` has it then. */
  readonly type: ElementType | undefined;
  /** Undefined where not even the rank is known. */
  readonly dims: readonly Dim[] | undefined;
  /** What it is when it is not given. */
  readonly initial?: TensorProto;
  /** As the model declared it; written back. */
  readonly info?: ValueInfoProto;
}

/** A value that is part of the graph. */
export interface Constant {
  readonly kind: "Constant";
  readonly tensor: TensorProto;
}

/** One output of an operator; made with its application, never alone. */
export interface Result {
  readonly kind: "Result";
  readonly application: Application;
  readonly index: number;
}

/** A value of the graph around a body, as the body sees it. */
export interface Outer {
  readonly kind: "Outer";
  /** In the scope just around: it can be an Outer itself. */
  readonly value: Value;
}

/** An operator applied to values. */
export interface Application {
  readonly opType: string;
  readonly domain: string;
  /** `undefined` is an optional input left out. */
  readonly inputs: readonly (Value | undefined)[];
  /** Those that are not graphs. */
  readonly attributes: readonly AttributeProto[];
  /** The attributes that are graphs: branches of If, bodies of Loop and Scan. */
  readonly bodies: readonly Body[];
  /** One for each output; `undefined` is an optional output left out. */
  readonly results: readonly (Result | undefined)[];
  readonly name: string | undefined;
  /** Names of the results, where the model gave them. */
  readonly names: readonly (string | undefined)[];
  /** What else the node came with, written back: overload, doc string, metadata, unknown fields. */
  readonly rest?: MessageInit<"NodeProto">;
}

/** A graph that is an attribute. */
export interface Body {
  readonly attribute: string;
  readonly graph: Graph;
}

/** Marks numbers as FLOAT or FLOATS; plain numbers are INT or INTS. */
export interface Floats {
  readonly floats: number | readonly number[];
}

/** An attribute's value in JavaScript. */
export type AttributeValue = number | bigint | string | readonly number[] | Floats | { readonly tensor: TensorProto };

/** Attributes by name; those that are undefined are left out. */
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>;

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

/** What an application is made of; `outputs` is how many it has, or which (`false` leaves one out). */
export interface ApplicationInit extends Pick<Application, "opType" | "inputs"> {
  readonly domain?: string;
  readonly attributes?: readonly AttributeProto[];
  readonly bodies?: readonly Body[];
  readonly outputs?: number | readonly boolean[];
  readonly name?: string | undefined;
  readonly names?: readonly (string | undefined)[];
  readonly rest?: MessageInit<"NodeProto"> | undefined;
}

/** An application with its results. */
export function application(init: ApplicationInit): Application {
  const { opType, inputs, domain = "", attributes = [], bodies = [], outputs = 1, name, names = [], rest } = init;
  const present = typeof outputs === "number" ? Array.from({ length: outputs }, () => true) : outputs;
  const results: (Result | undefined)[] = [];
  const made: Application = { opType, domain, inputs, attributes, bodies, results, name, names, ...(rest && { rest }) };
  for (const [index, there] of present.entries())
    results.push(there ? { kind: "Result", application: made, index } : undefined);
  return made;
}

interface Applying {
  readonly domain?: string;
  /** Of the node, and of its first output; made from the operator and its place in the graph when left out. */
  readonly name?: string;
}

/** The first output of an operator applied to values. */
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
  options: Applying = {},
): readonly Result[] {
  const made = application({ opType, inputs, attributes: attributesOf(attributes), outputs, ...options });
  return made.results as readonly Result[];
}

/** Attributes as ONNX has them. */
export function attributesOf(attributes: Attributes): AttributeProto[] {
  return Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [attribute(key, value)]));
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

/**
 * An attribute as ONNX has it.
 * @throws {RangeError} for a plain number that is no integer of 64 bits: `float` marks the others.
 */
export function attribute(name: string, value: AttributeValue): AttributeProto {
  const of = (field: keyof typeof attributeTypes, payload: MessageInit<"AttributeProto">): AttributeProto =>
    ({ ...noAttribute, name, type: attributeTypes[field], ...payload }) as AttributeProto;
  if (typeof value === "number" || typeof value === "bigint") return of("i", { i: int64(name, value) });
  if (typeof value === "string") return of("s", { s: new TextEncoder().encode(value) });
  if ("tensor" in value) return of("t", { t: value.tensor });
  if (!("floats" in value)) return of("ints", { ints: value.map((item) => int64(name, item)) });
  return typeof value.floats === "number" ? of("f", { f: value.floats }) : of("floats", { floats: value.floats });
}

function int64<T extends number | bigint>(name: string, value: T): T {
  const fits = typeof value === "bigint" ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
  if (!fits)
    throw new RangeError(
      `attribute "${name}" is ${value}: it takes integers of 64 bits, as bigint beyond 2^53; see float()`,
    );
  return value;
}
