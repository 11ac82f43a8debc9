import { WireType } from "@bufbuild/protobuf/wire";
import type { PackedKind, ScalarKind } from "./schema.ts";
import type { Sink } from "./sink.ts";

/** How a value is written after its tag, and after its length where it has one. */
export interface ScalarWriter<T = never> {
  readonly wireType: WireType;
  readonly write: (sink: Sink, value: T) => void;
}

type Integer = number | bigint;

/** The writers of single values, and of lists that are held as one typed array. */
export const scalarWriters: Readonly<Record<ScalarKind | PackedKind, ScalarWriter>> = {
  string: { wireType: WireType.LengthDelimited, write: (sink: Sink, text: string) => sink.text(text) },
  bytes: inPlace(),
  float: { wireType: WireType.Bit32, write: (sink: Sink, value: number) => sink.float(value) },
  int32: integer(),
  int64: integer(),
  wideInt64: integer(),
  floats: inPlace(),
  doubles: inPlace(),
  int32s: integers(),
  int64s: integers(),
  uint64s: integers(),
};

function integer(): ScalarWriter<Integer> {
  return { wireType: WireType.Varint, write: (sink, value) => sink.varint(value) };
}

/** What lies in memory as it does in the file. */
function inPlace(): ScalarWriter<ArrayBufferView> {
  return {
    wireType: WireType.LengthDelimited,
    write: (sink, { buffer, byteOffset, byteLength }) => sink.bytes(new Uint8Array(buffer, byteOffset, byteLength)),
  };
}

function integers(): ScalarWriter<Int32Array | BigInt64Array | BigUint64Array> {
  return {
    wireType: WireType.LengthDelimited,
    write: (sink, values) => {
      for (let index = values.length - 1; index >= 0; index--) sink.varint(values[index]!);
    },
  };
}
