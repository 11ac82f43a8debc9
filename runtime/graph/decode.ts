import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { aligned } from "./aligned.ts";
import { ModelFormatError } from "./format-error.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { messages, protoName, type Field, type MessageName, type PackedKind, type ScalarKind } from "./schema.ts";
import type { Message, ModelProto, UnknownField } from "./types.ts";

/**
 * Reads a model. Tensors and strings of bytes are views of `bytes`, which must not change afterwards; unknown
 * fields are kept. A field that onnx.proto declares single may appear once only: protobuf would take the last or
 * merge, and two readers that differ there would see two models.
 * @throws {ModelFormatError} naming the field, if the bytes are malformed, truncated or beyond `limits`.
 */
export function decodeModel(bytes: Uint8Array, limits: Partial<Limits> = {}): ModelProto {
  return decodeMessage("ModelProto", bytes, limits);
}

/**
 * Reads one message of the schema, as `decodeModel` does.
 * @throws {ModelFormatError}
 */
export function decodeMessage<Name extends MessageName>(
  name: Name,
  bytes: Uint8Array,
  limits: Partial<Limits> = {},
): Message<Name> {
  const start = bytes.byteOffset;
  const context: Context = { limits: { ...defaultLimits, ...limits }, start, path: [], offset: 0, depth: 0, count: 0 };
  try {
    const room = context.limits.bytes;
    if (bytes.length > room) throw new Refusal(`the file has ${bytes.length} bytes, and the limit is ${room}`);
    // A Buffer would hand out Buffers as its views, whose slice() does not copy.
    return readMessage(name, new Uint8Array(bytes.buffer, start, bytes.length), context) as Message<Name>;
  } catch (error) {
    throw new ModelFormatError(problemOf(error), { path: pathOf(context.path), offset: context.offset }, error);
  }
}

interface Context {
  readonly limits: Limits;
  /** Where the file begins in its buffer. */
  readonly start: number;
  /** Fields and positions in lists down to where the reader is; left as it was when something throws. */
  readonly path: (string | number)[];
  /** Byte of the file at which the current field begins. */
  offset: number;
  /** Messages that are open. */
  depth: number;
  /** Messages read so far. */
  count: number;
}

class Refusal extends Error {}

function problemOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (error instanceof RangeError) return "the bytes end in the middle of it; is the file cut off?";
  return `not valid protobuf (${error instanceof Error ? error.message : String(error)}); is it an ONNX file?`;
}

function pathOf(path: readonly (string | number)[]): string {
  const steps = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${protoName(step)}`));
  return steps.join("").slice(1);
}

type Decoded = Record<string, unknown> & { unknown?: UnknownField[] };

interface Layout {
  /** The message when no field is given: its lists, all one frozen array. */
  readonly empty: Readonly<Record<string, readonly never[]>>;
  readonly fields: ReadonlyMap<number, readonly [key: string, field: Field]>;
}

const none: readonly never[] = Object.freeze([]);

function layoutOf(fields: Readonly<Record<string, Field>>): Layout {
  const entries = Object.entries(fields);
  const lists = entries.filter(([, field]) => field.label === "many").map(([key]) => [key, none] as const);
  return { empty: Object.fromEntries(lists), fields: new Map(entries.map((entry) => [entry[1].number, entry])) };
}

const layouts: ReadonlyMap<string, Layout> = new Map(
  Object.entries(messages).map(([name, fields]) => [name, layoutOf(fields)]),
);

function readMessage(name: string, bytes: Uint8Array, context: Context): Decoded {
  const { limits } = context;
  if (++context.count > limits.messages) throw new Refusal(`the file has more than ${limits.messages} messages`);
  if (++context.depth > limits.depth) throw new Refusal(`nested deeper than ${limits.depth} messages`);
  const layout = layouts.get(name)!;
  const message: Decoded = { ...layout.empty };
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    context.offset = bytes.byteOffset - context.start + reader.pos;
    const [number, wireType] = reader.tag();
    const known = layout.fields.get(number);
    if (known !== undefined) readField(message, ...known, reader, wireType, context);
    else (message.unknown ??= []).push({ number, wireType, data: reader.skip(wireType, number, limits.depth) });
  }
  context.depth--;
  return message;
}

function readField(
  message: Decoded,
  key: string,
  field: Field,
  reader: BinaryReader,
  wireType: WireType,
  context: Context,
): void {
  const { kind, label } = field;
  context.path.push(key);
  if (label === "many") {
    if (message[key] === none) message[key] = [];
    readItems(message[key] as unknown[], kind, reader, wireType, context);
  } else if (message[key] !== undefined) throw new Refusal("given twice, and onnx.proto has it once");
  else if (label === "one") message[key] = readValue(kind, reader, wireType, context);
  else message[key] = readPacked(packedReaders[kind as PackedKind], field.number, reader, wireType);
  context.path.pop();
}

/** Appends what one tag brings: one item, or several packed numbers. */
function readItems(list: unknown[], kind: string, reader: BinaryReader, wireType: WireType, context: Context): void {
  context.path.push(list.length);
  const scalar = scalarReaders.get(kind);
  if (scalar === undefined || scalar.wireType === wireType) list.push(readValue(kind, reader, wireType, context));
  else {
    expectWireType(wireType, WireType.LengthDelimited);
    const packed = new BinaryReader(reader.bytes());
    while (packed.pos < packed.len) list.push(scalar.read(packed));
  }
  context.path.pop();
}

function readValue(kind: string, reader: BinaryReader, wireType: WireType, context: Context): unknown {
  const scalar = scalarReaders.get(kind);
  expectWireType(wireType, scalar?.wireType ?? WireType.LengthDelimited);
  return scalar === undefined ? readMessage(kind, reader.bytes(), context) : scalar.read(reader);
}

function expectWireType(actual: WireType, expected: WireType): void {
  if (actual !== expected) throw new Refusal(`wire type ${actual}, and onnx.proto says ${expected}`);
}

interface ScalarReader {
  readonly wireType: WireType;
  readonly read: (reader: BinaryReader) => unknown;
}

const wideInt64 = (reader: BinaryReader): number | bigint => {
  const value = BigInt(reader.int64());
  const rounded = Number(value);
  return Number.isSafeInteger(rounded) ? rounded : value;
};

const int64 = (reader: BinaryReader): number => {
  const value = wideInt64(reader);
  if (typeof value === "bigint") throw new Refusal(`${value} is beyond 2^53`);
  return value;
};

const scalarReaders: ReadonlyMap<string, ScalarReader> = new Map<ScalarKind, ScalarReader>([
  ["string", { wireType: WireType.LengthDelimited, read: (reader) => reader.string(true) }],
  ["bytes", { wireType: WireType.LengthDelimited, read: (reader) => reader.bytes() }],
  ["float", { wireType: WireType.Bit32, read: (reader) => reader.float() }],
  ["int32", { wireType: WireType.Varint, read: (reader) => reader.int32() }],
  ["int64", { wireType: WireType.Varint, read: int64 }],
  ["wideInt64", { wireType: WireType.Varint, read: wideInt64 }],
]);

type Packed = Float32Array | Float64Array | Int32Array | BigInt64Array | BigUint64Array;

interface PackedReader {
  /** How one element travels when the list is not packed. */
  readonly wireType: WireType;
  readonly fromBytes: (bytes: Uint8Array) => Packed;
}

/** A list of numbers as one typed array: packed in one piece, or not packed and in one run. */
function readPacked(kind: PackedReader, number: number, reader: BinaryReader, wireType: WireType): Packed {
  if (wireType === WireType.LengthDelimited) return kind.fromBytes(reader.bytes());
  expectWireType(wireType, kind.wireType);
  const pieces = [reader.skip(wireType, number)];
  while (reader.pos < reader.len) {
    const before = reader.pos;
    const [next, nextType] = reader.tag();
    if (next !== number || nextType !== wireType) {
      reader.pos = before;
      break;
    }
    pieces.push(reader.skip(wireType, number));
  }
  return kind.fromBytes(Buffer.concat(pieces));
}

function wholeElements(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length % size !== 0)
    throw new Refusal(`${bytes.length} bytes are no whole number of ${size}-byte elements`);
  return aligned(bytes, size);
}

function varints<T extends Int32Array | BigInt64Array | BigUint64Array>(
  bytes: Uint8Array,
  array: new (length: number) => T,
  read: (reader: BinaryReader) => T[number],
): T {
  let count = 0;
  for (const byte of bytes) if (byte < 0x80) count++;
  const values = new array(count);
  const reader = new BinaryReader(bytes);
  for (let i = 0; reader.pos < reader.len; i++) values[i] = read(reader);
  return values;
}

const packedReaders: Readonly<Record<PackedKind, PackedReader>> = {
  floats: {
    wireType: WireType.Bit32,
    fromBytes: (bytes) => {
      const whole = wholeElements(bytes, 4);
      return new Float32Array(whole.buffer, whole.byteOffset, whole.length / 4);
    },
  },
  doubles: {
    wireType: WireType.Bit64,
    fromBytes: (bytes) => {
      const whole = wholeElements(bytes, 8);
      return new Float64Array(whole.buffer, whole.byteOffset, whole.length / 8);
    },
  },
  int32s: { wireType: WireType.Varint, fromBytes: (bytes) => varints(bytes, Int32Array, (r) => r.int32()) },
  int64s: { wireType: WireType.Varint, fromBytes: (bytes) => varints(bytes, BigInt64Array, (r) => BigInt(r.int64())) },
  uint64s: {
    wireType: WireType.Varint,
    fromBytes: (bytes) => varints(bytes, BigUint64Array, (r) => BigInt(r.uint64())),
  },
};
