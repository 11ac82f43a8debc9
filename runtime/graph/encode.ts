import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { messages, type Field, type MessageName, type PackedKind, type ScalarKind } from "./schema.ts";
import type { MessageInit, UnknownField } from "./types.ts";

/**
 * Writes a model. The bytes of big tensors are copied once, into the result.
 * @throws {RangeError} if the model does not fit the 2 GiB of a protobuf file.
 */
export function encodeModel(model: MessageInit<"ModelProto">): Uint8Array {
  return encodeMessage("ModelProto", model);
}

/**
 * Writes a model as pieces to be written one after the other (`writev`, a hash, a stream): the bytes of big
 * tensors are views of the model's own, not copied at all.
 * @throws {RangeError} if the model does not fit the 2 GiB of a protobuf file.
 */
export function encodeModelPieces(model: MessageInit<"ModelProto">): Uint8Array[] {
  return encodePieces("ModelProto", model);
}

/** Writes one message of the schema, as `encodeModel` does. */
export function encodeMessage<Name extends MessageName>(name: Name, message: MessageInit<Name>): Uint8Array {
  const pieces = encodePieces(name, message);
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    bytes.set(piece, position);
    position += piece.length;
  }
  return bytes;
}

function encodePieces(name: MessageName, message: object): Uint8Array[] {
  const sizes: Sizes = new Map();
  const size = sizeOfMessage(name, message, sizes);
  if (size >= 2 ** 31)
    throw new RangeError(
      `the model takes ${size} bytes and protobuf ends at 2^31-1: keep its tensors in external data`,
    );
  const output: Output = { sizes, writer: new BinaryWriter(), pieces: [] };
  writeMessage(name, message, output);
  output.pieces.push(output.writer.finish());
  return output.pieces;
}

/** Bytes that each message takes without its tag and length; protobuf writes the length first. */
type Sizes = Map<object, number>;

interface Output {
  readonly sizes: Sizes;
  readonly writer: BinaryWriter;
  readonly pieces: Uint8Array[];
}

/** From here on bytes are passed on as a view instead of through the writer. */
const bigBytes = 4096;

type Fields = readonly (readonly [key: string, field: Field])[];

function inOrder(fields: Readonly<Record<string, Field>>): Fields {
  return Object.entries(fields).sort(([, a], [, b]) => a.number - b.number);
}

const layouts: ReadonlyMap<string, Fields> = new Map(
  Object.entries(messages).map(([name, fields]) => [name, inOrder(fields)]),
);

type Encodable = Readonly<Record<string, unknown>> & { readonly unknown?: readonly UnknownField[] };

/** The fields of a message that have a value, in the order of their numbers, lists item by item. */
function* present(name: string, message: Encodable): Generator<readonly [field: Field, value: unknown]> {
  for (const [key, field] of layouts.get(name)!) {
    const value = message[key];
    if (value === undefined) continue;
    if (field.label === "many") for (const item of value as readonly unknown[]) yield [field, item];
    else yield [field, value];
  }
}

function sizeOfMessage(name: string, message: object, sizes: Sizes): number {
  let size = 0;
  for (const [field, value] of present(name, message as Encodable))
    size += varintSize(field.number * 8) + sizeOfValue(field, value, sizes);
  for (const field of (message as Encodable).unknown ?? []) size += varintSize(field.number * 8) + field.data.length;
  sizes.set(message, size);
  return size;
}

function sizeOfValue({ kind }: Field, value: unknown, sizes: Sizes): number {
  const codec = codecs.get(kind);
  if (codec !== undefined) return codec.size(value as never);
  return lengthPrefixed(sizeOfMessage(kind, value as object, sizes));
}

function writeMessage(name: string, message: object, output: Output): void {
  for (const [field, value] of present(name, message as Encodable)) writeValue(field, value, output);
  for (const { number, wireType, data } of (message as Encodable).unknown ?? [])
    output.writer.tag(number, wireType).raw(data);
}

function writeValue({ number, kind }: Field, value: unknown, output: Output): void {
  const { writer } = output;
  const codec = codecs.get(kind);
  writer.tag(number, codec?.wireType ?? WireType.LengthDelimited);
  if (codec === undefined) {
    writer.uint32(output.sizes.get(value as object)!);
    writeMessage(kind, value as object, output);
  } else if (codec.bytes === undefined) codec.write(writer, value as never);
  else writeBytes(codec.bytes(value as never), output);
}

function writeBytes(bytes: Uint8Array, output: Output): void {
  output.writer.uint32(bytes.length);
  if (bytes.length < bigBytes) output.writer.raw(bytes);
  else output.pieces.push(output.writer.finish(), bytes);
}

interface Codec<T> {
  readonly wireType: WireType;
  /** Bytes after the tag. */
  readonly size: (value: T) => number;
  readonly write: (writer: BinaryWriter, value: T) => void;
  /** For what is already in the form of the file: its bytes. */
  readonly bytes?: (value: T) => Uint8Array;
}

/** Bytes of a varint; a negative number is written as 64 bits. */
function varintSize(value: number | bigint): number {
  if (value < 0) return 10;
  let size = 1;
  for (let rest = value; rest >= 128; rest = typeof rest === "bigint" ? rest >> 7n : Math.floor(rest / 128)) size++;
  return size;
}

const lengthPrefixed = (size: number): number => varintSize(size) + size;

const varint = (write: (writer: BinaryWriter, value: number | bigint) => void): Codec<number | bigint> => ({
  wireType: WireType.Varint,
  size: varintSize,
  write,
});

const inPlace = <T extends ArrayBufferView>(): Codec<T> => ({
  wireType: WireType.LengthDelimited,
  size: (view) => lengthPrefixed(view.byteLength),
  write: (writer, view) => writer.bytes(bytesOf(view)),
  bytes: bytesOf,
});

const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

type Integers = Int32Array | BigInt64Array | BigUint64Array;

function packedVarints(write: (writer: BinaryWriter, value: number | bigint) => void): Codec<Integers> {
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

const codecs: ReadonlyMap<string, Codec<never>> = new Map<ScalarKind | PackedKind, Codec<never>>([
  [
    "string",
    {
      wireType: WireType.LengthDelimited,
      size: (text: string) => lengthPrefixed(Buffer.byteLength(text)),
      write: (writer: BinaryWriter, text: string) => writer.string(text),
    },
  ],
  ["bytes", inPlace<Uint8Array>()],
  ["float", { wireType: WireType.Bit32, size: () => 4, write: (writer: BinaryWriter, x: number) => writer.float(x) }],
  ["int32", varint((writer, value) => writer.int32(Number(value)))],
  ["int64", varint((writer, value) => writer.int64(BigInt(value)))],
  ["wideInt64", varint((writer, value) => writer.int64(BigInt(value)))],
  ["floats", inPlace<Float32Array>()],
  ["doubles", inPlace<Float64Array>()],
  ["int32s", packedVarints((writer, value) => writer.int32(Number(value)))],
  ["int64s", packedVarints((writer, value) => writer.int64(BigInt(value)))],
  ["uint64s", packedVarints((writer, value) => writer.uint64(BigInt(value)))],
]);
