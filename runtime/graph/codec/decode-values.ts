import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { aligned } from "./aligned.ts";
import { Refusal } from "./refusal.ts";
import type { PackedKind, ScalarKind } from "./schema.ts";

/** How a single value is read, and how it travels. */
export interface ScalarReader<T = unknown> {
  readonly wireType: WireType;
  readonly read: (reader: BinaryReader) => T;
}

const wideInt64 = (reader: BinaryReader): number | bigint => {
  const start = reader.pos;
  const low = reader.uint32();
  // Up to four bytes of a varint are 28 bits: nearly every number of a model, and no bigint is made for it.
  if (reader.pos - start < 5) return low;
  reader.pos = start;
  const value = BigInt(reader.int64());
  const rounded = Number(value);
  return Number.isSafeInteger(rounded) ? rounded : value;
};

const int64 = (reader: BinaryReader): number => {
  const value = wideInt64(reader);
  if (typeof value === "bigint") throw new Refusal(`${value} is beyond 2^53`);
  return value;
};

/** The readers of single values. */
export const scalarReaders: Readonly<Record<ScalarKind, ScalarReader>> = {
  string: { wireType: WireType.LengthDelimited, read: (reader) => reader.string(true) },
  bytes: { wireType: WireType.LengthDelimited, read: (reader) => reader.bytes() },
  float: { wireType: WireType.Bit32, read: (reader) => reader.float() },
  int32: { wireType: WireType.Varint, read: (reader) => reader.int32() },
  int64: { wireType: WireType.Varint, read: int64 },
  wideInt64: { wireType: WireType.Varint, read: wideInt64 },
};

/** A list of numbers as one typed array. */
export type Packed = Float32Array | Float64Array | Int32Array | BigInt64Array | BigUint64Array;

/** How such a list is read: in one packed piece, or from numbers that come one by one. */
export interface PackedReader {
  readonly element: ScalarReader<number | bigint>;
  readonly fromBytes: (bytes: Uint8Array) => Packed;
  readonly fromNumbers: (numbers: readonly (number | bigint)[]) => Packed;
}

/** The readers of lists that are held as one typed array. */
export const packedReaders: Readonly<Record<PackedKind, PackedReader>> = {
  floats: fixed(Float32Array, { wireType: WireType.Bit32, read: (reader) => reader.float() }),
  doubles: fixed(Float64Array, { wireType: WireType.Bit64, read: (reader) => reader.double() }),
  int32s: varints(Int32Array, (reader) => reader.int32()),
  int64s: varints(BigInt64Array, (reader) => BigInt(reader.int64())),
  uint64s: varints(BigUint64Array, (reader) => BigInt(reader.uint64())),
};

function fixed(array: typeof Float32Array | typeof Float64Array, element: ScalarReader<number>): PackedReader {
  const width = array.BYTES_PER_ELEMENT;
  return {
    element,
    fromBytes: (bytes) => {
      if (bytes.length % width !== 0)
        throw new Refusal(`${bytes.length} bytes hold no whole number of ${width}-byte values`);
      const { buffer, byteOffset, length } = aligned(bytes, width);
      return new array(buffer, byteOffset, length / width);
    },
    fromNumbers: (numbers) => array.from(numbers as readonly number[]),
  };
}

interface IntegerArray<T extends Packed> {
  new (length: number): T;
  from(numbers: readonly T[number][]): T;
}

function varints<T extends Int32Array | BigInt64Array | BigUint64Array>(
  array: IntegerArray<T>,
  read: (reader: BinaryReader) => T[number],
): PackedReader {
  return {
    element: { wireType: WireType.Varint, read },
    fromBytes: (bytes) => {
      let count = 0;
      for (const byte of bytes) if (byte < 0x80) count++;
      const values = new array(count);
      const reader = new BinaryReader(bytes);
      for (let i = 0; reader.pos < reader.len; i++) values[i] = read(reader);
      return values;
    },
    fromNumbers: (numbers) => array.from(numbers),
  };
}
