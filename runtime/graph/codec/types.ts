import type { WireType } from "@bufbuild/protobuf/wire";
import type { Field, MessageName, Messages } from "./schema.ts";

/** A field that the schema does not know, kept as it came so that writing the model again loses nothing. */
export interface UnknownField {
  readonly number: number;
  readonly wireType: WireType;
  /** All bytes after the tag; a view of the file. */
  readonly data: Uint8Array;
}

interface Values {
  string: string;
  bytes: Uint8Array;
  float: number;
  int32: number;
  int64: number;
  wideInt64: number | bigint;
  floats: Float32Array;
  doubles: Float64Array;
  int32s: Int32Array;
  int64s: BigInt64Array;
  uint64s: BigUint64Array;
}

type ValueOf<Kind> = Kind extends keyof Values ? Values[Kind] : Kind extends MessageName ? Message<Kind> : never;
type KindOf<F> = F extends Field<infer Kind> ? Kind : never;
type Lists<M> = {
  readonly [K in keyof M as M[K] extends Field<string, "many"> ? K : never]: readonly ValueOf<KindOf<M[K]>>[];
};
type Singles<M> = { readonly [K in keyof M as M[K] extends Field<string, "many"> ? never : K]?: ValueOf<KindOf<M[K]>> };

/**
 * A message as decoded: immutable; repeated fields are always there (empty when absent), single and packed
 * fields only when the file has them, so that presence survives a round trip.
 */
export type Message<Name extends MessageName> = Lists<Messages[Name]> &
  Singles<Messages[Name]> & { readonly unknown?: readonly UnknownField[] };

/** What is enough to write a message: repeated fields may be left out too, at every depth. */
export type MessageInit<Name extends MessageName> = {
  readonly [K in keyof Messages[Name]]?: Messages[Name][K] extends Field<infer Kind, "many">
    ? readonly InitOf<Kind>[]
    : InitOf<KindOf<Messages[Name][K]>>;
} & { readonly unknown?: readonly UnknownField[] };
type InitOf<Kind> = Kind extends keyof Values ? Values[Kind] : Kind extends MessageName ? MessageInit<Kind> : never;

/** A model: its graph, and the operator sets the graph is written against. */
export type ModelProto = Message<"ModelProto">;
/** Nodes in topological order, constants, inputs and outputs. */
export type GraphProto = Message<"GraphProto">;
/** One application of an operator to named values. */
export type NodeProto = Message<"NodeProto">;
/** A named parameter of a node. */
export type AttributeProto = Message<"AttributeProto">;
/** A dense constant; `elements` (tensor.ts) gives its values as a typed array. */
export type TensorProto = Message<"TensorProto">;
/** A constant given by its non-zero values and their indices. */
export type SparseTensorProto = Message<"SparseTensorProto">;
/** The name and type of a value. */
export type ValueInfoProto = Message<"ValueInfoProto">;
/** A type: tensor, sequence, map, optional, sparse tensor or opaque. */
export type TypeProto = Message<"TypeProto">;
/** A shape: a list of sizes, each known, named or unknown. */
export type TensorShapeProto = Message<"TensorShapeProto">;
/** An operator defined by nodes. */
export type FunctionProto = Message<"FunctionProto">;
