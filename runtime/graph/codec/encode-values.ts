import { WireType, type BinaryWriter } from "@bufbuild/protobuf/wire";
import type { PackedKind, ScalarKind } from "./schema.ts";
import { lengthPrefixed, varintSize } from "./varint.ts";

/** How a value is written after its tag. */
export type ScalarWriter<T = never> = {
  readonly wireType: WireType;
  /** Bytes that it takes. */
  readonly size: (value: T) => number;
} & (
  | { readonly write: (writer: BinaryWriter, value: T) => void; readonly bytes?: undefined }
  /** For what lies in memory as it does in the file: its bytes, without their length. */
  | { readonly bytes: (value: T) => Uint8Array }
);

type Integer = number | bigint;
type Integers = Int32Array | BigInt64Array | BigUint64Array;
type WriteInteger = (writer: BinaryWriter, value: Integer) => unknown;

const int32: WriteInteger = (writer, value) => writer.int32(Number(value));
const uint64: WriteInteger = (writer, value) => writer.uint64(BigInt(value));
// 28 bits are written alike in all integer kinds, and no bigint is made for them.
const int64: WriteInteger = (writer, value) =>
  value >= 0 && value < 2 ** 28 ? writer.uint32(Number(value)) : writer.int64(BigInt(value));

/** The writers of single values, and of lists that are held as one typed array. */
export const scalarWriters: Readonly<Record<ScalarKind | PackedKind, ScalarWriter>> = {
  string: {
    wireType: WireType.LengthDelimited,
    size: (text: string) => lengthPrefixed(Buffer.byteLength(text)),
    write: (writer: BinaryWriter, text: string) => writer.string(text),
  },
  bytes: inPlace(),
  float: {
    wireType: WireType.Bit32,
    size: () => 4,
    write: (writer: BinaryWriter, value: number) => writer.float(value),
  },
  int32: integer(int32),
  int64: integer(int64),
  wideInt64: integer(int64),
  floats: inPlace(),
  doubles: inPlace(),
  int32s: integers(int32),
  int64s: integers(int64),
  uint64s: integers(uint64),
};

function integer(write: WriteInteger): ScalarWriter<Integer> {
  return { wireType: WireType.Varint, size: varintSize, write };
}

function inPlace(): ScalarWriter<ArrayBufferView> {
  return {
    wireType: WireType.LengthDelimited,
    size: ({ byteLength }) => lengthPrefixed(byteLength),
    bytes: ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  };
}

function integers(write: WriteInteger): ScalarWriter<Integers> {
  const size = (values: Integers): number => {
    let sum = 0;
    for (const value of values) sum += varintSize(value);
    return sum;
  };
  return {
    wireType: WireType.LengthDelimited,
    size: (values) => lengthPrefixed(size(values)),
    write: (writer, values) => {
      writer.uint32(size(values));
      for (const value of values) write(writer, value);
    },
  };
}
