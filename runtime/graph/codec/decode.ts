import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { packedReaders, scalarReaders, type PackedReader, type ScalarReader } from "./decode-values.ts";
import { ModelFormatError } from "./format-error.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { Refusal } from "./refusal.ts";
import { TextReader } from "./text-reader.ts";
import { messages, protoName, type Field, type MessageName, type PackedKind, type ScalarKind } from "./schema.ts";
import type { Message, ModelProto, UnknownField } from "./types.ts";

/**
 * The codec builds messages itself, from schema.ts, and reads the wire format through `@bufbuild/protobuf/wire` but for
 * what a model has by the hundred thousand: tags, lengths, short numbers and names (text-reader.ts); files are written
 * from their end (sink.ts). The message layers of @bufbuild/protobuf 2.17 and of protobufjs 8.8 hold packed numbers as
 * arrays of numbers (50 MB of weights in float_data take 347 and 102 MB of memory there, 50 MB here, and 57 to 197 ms
 * instead of 6) and every int64 as a bigint or a Long; protobufjs drops unknown fields unless its reader is told
 * otherwise; neither names the field at which a broken file breaks, nor bounds what a hostile one may have of them.
 * test/bench/graph.ts compares with protobuf in C.
 */

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
  // A Buffer would hand out Buffers as its views, whose slice() does not copy.
  const allowed = { ...defaultLimits, ...limits };
  const decoder = new Decoder(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), allowed);
  try {
    const room = allowed.bytes;
    if (bytes.length > room) throw new Refusal(`the file has ${bytes.length} bytes, and the limit is ${room}`);
    return decoder.message(layouts.get(name)!, bytes.length) as Message<Name>;
  } catch (error) {
    throw new ModelFormatError(
      problemOf(error),
      { path: pathOf(decoder.path.reverse()), offset: decoder.offset },
      error,
    );
  }
}

function problemOf(error: unknown): string {
  if (error instanceof Refusal) return error.message;
  if (error instanceof RangeError) return "the bytes end in the middle of it; is the file cut off?";
  return `not valid protobuf (${error instanceof Error ? error.message : String(error)}); is it an ONNX file?`;
}

function pathOf(path: readonly (string | number)[]): string {
  const steps = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${protoName(step)}`));
  return steps.join("").slice(1);
}

/** How a message is read. */
interface Layout {
  /** The message when no field is given: its lists, all one frozen array. */
  readonly empty: Readonly<Record<string, readonly never[]>>;
  readonly fields: (FieldReader | undefined)[];
}

/** How a field is read: exactly one of the last three is there. */
interface FieldReader {
  readonly key: string;
  readonly number: number;
  readonly repeated: boolean;
  /** The number of its wire type: tags are compared as numbers. */
  readonly wireType: number;
  readonly kind: string;
  readonly scalar: ScalarReader | undefined;
  readonly packed: PackedReader | undefined;
  readonly message: Layout | undefined;
}

const none: readonly never[] = Object.freeze([]);
const lengthDelimited: number = WireType.LengthDelimited;
const lastWireType: number = WireType.Bit32;

/** Made in two steps, because messages contain each other. */
const layouts: ReadonlyMap<string, Layout> = new Map(
  Object.entries(messages).map(([name, fields]) => {
    const lists = Object.entries<Field>(fields).flatMap(([key, { label }]) => (label === "many" ? [[key, none]] : []));
    return [name, { empty: Object.fromEntries(lists) as Layout["empty"], fields: [] }];
  }),
);
for (const [name, fields] of Object.entries(messages))
  for (const [key, { number, kind, label }] of Object.entries<Field>(fields)) {
    const scalar = scalarReaders[kind as ScalarKind] as ScalarReader | undefined;
    layouts.get(name)!.fields[number] = {
      key,
      number,
      repeated: label === "many",
      wireType: scalar?.wireType ?? WireType.LengthDelimited,
      kind,
      scalar,
      packed: packedReaders[kind as PackedKind],
      message: layouts.get(kind),
    };
  }

type Decoded = Record<string, unknown> & { unknown?: UnknownField[] };

/**
 * Reads one file. What a model has by the hundred thousand is read here, byte by byte: tags, lengths, short numbers and
 * texts; the rest is the library's.
 */
class Decoder {
  /** Fields and positions in lists down to where an error was thrown, from the inside to the outside. */
  readonly path: (string | number)[] = [];
  /** Byte at which the current field begins. */
  offset = 0;
  readonly #bytes: Uint8Array;
  readonly #reader: BinaryReader;
  readonly #texts: TextReader;
  readonly #limits: Limits;
  /** Messages that are open. */
  #depth = 0;
  /** Fields read so far. */
  #count = 0;

  constructor(bytes: Uint8Array, limits: Limits) {
    this.#bytes = bytes;
    this.#reader = new BinaryReader(bytes);
    this.#texts = new TextReader(bytes);
    this.#limits = limits;
  }

  message(layout: Layout, end: number): Decoded {
    const reader = this.#reader;
    const { depth } = this.#limits;
    if (++this.#depth > depth) throw new Refusal(`nested deeper than ${depth} messages`);
    const message: Decoded = { ...layout.empty };
    while (reader.pos < end) {
      this.#begin();
      const tag = this.#tag();
      const field = layout.fields[tag >>> 3];
      if (field === undefined) this.#keep(message);
      else this.#field(message, field, tag, end);
      if (reader.pos > end) throw new Refusal("it is longer than the message that holds it");
    }
    this.#depth--;
    return message;
  }

  #begin(): void {
    this.offset = this.#reader.pos;
    const { fields } = this.#limits;
    if (++this.#count > fields) throw new Refusal(`the file has more than ${fields} fields`);
  }

  /** Number and wire type of the next field, as they are on the wire. */
  #tag(): number {
    const reader = this.#reader;
    const byte = this.#bytes[reader.pos]!;
    // One byte, not field 0, no wire type that does not exist.
    if (byte >= 8 && byte < 0x80 && (byte & 7) <= lastWireType) {
      reader.pos++;
      return byte;
    }
    const [number, wireType] = reader.tag();
    return ((number << 3) | wireType) >>> 0;
  }

  #keep(message: Decoded): void {
    this.#reader.pos = this.offset;
    const [number, wireType] = this.#reader.tag();
    const data = this.#reader.skip(wireType, number, this.#limits.depth);
    (message.unknown ??= []).push({ number, wireType, data });
  }

  #field(message: Decoded, field: FieldReader, tag: number, end: number): void {
    const { key } = field;
    try {
      if (field.repeated) {
        if (message[key] === none) message[key] = [];
        this.#items(message[key] as unknown[], field, tag, end);
      } else if (message[key] !== undefined) throw new Refusal("given twice, and onnx.proto has it once");
      else if (field.packed === undefined) message[key] = this.#value(field, tag, end);
      else message[key] = readPacked(field.packed, field.number, tag & 7, end, this.#reader);
    } catch (error) {
      this.path.push(key);
      throw error;
    }
  }

  /** Appends what this tag brings, and those like it that follow: one item each, or several packed numbers. */
  #items(list: unknown[], field: FieldReader, tag: number, end: number): void {
    const reader = this.#reader;
    try {
      if (field.scalar === undefined || (tag & 7) === field.wireType) list.push(this.#value(field, tag, end));
      else this.#packedItems(list, field.scalar, tag);
      while (tag < 0x80 && reader.pos < end && this.#bytes[reader.pos] === tag) {
        this.#begin();
        reader.pos++;
        if (field.scalar === undefined || (tag & 7) === field.wireType) list.push(this.#value(field, tag, end));
        else this.#packedItems(list, field.scalar, tag);
      }
    } catch (error) {
      this.path.push(list.length);
      throw error;
    }
  }

  #packedItems(list: unknown[], scalar: ScalarReader, tag: number): void {
    expectWireType(tag & 7, lengthDelimited);
    const packed = new BinaryReader(this.#reader.bytes());
    while (packed.pos < packed.len) list.push(scalar.read(packed));
  }

  #value(field: FieldReader, tag: number, end: number): unknown {
    if ((tag & 7) !== field.wireType) expectWireType(tag & 7, field.wireType);
    const reader = this.#reader;
    const { message } = field;
    if (message !== undefined) {
      const length = this.#length();
      if (reader.pos + length > end) throw new RangeError();
      return this.message(message, reader.pos + length);
    }
    switch (field.kind) {
      case "string": {
        const length = this.#length();
        const from = reader.pos;
        if (from + length > this.#bytes.length) throw new RangeError();
        reader.pos = from + length;
        return this.#texts.read(from, from + length);
      }
      case "int32":
      case "int64":
      case "wideInt64": {
        const byte = this.#bytes[reader.pos];
        if (byte === undefined || byte >= 0x80) return field.scalar!.read(reader);
        reader.pos++;
        return byte;
      }
      default:
        return field.scalar!.read(reader);
    }
  }

  #length(): number {
    const reader = this.#reader;
    const byte = this.#bytes[reader.pos];
    if (byte === undefined || byte >= 0x80) return reader.uint32();
    reader.pos++;
    return byte;
  }
}

function expectWireType(actual: number, expected: number): void {
  if (actual !== expected) throw new Refusal(`wire type ${actual}, and onnx.proto says ${expected}`);
}

/** A list of numbers as one typed array: packed in one piece, or one by one in one run. */
function readPacked(kind: PackedReader, number: number, wireType: number, end: number, reader: BinaryReader): unknown {
  if (wireType === lengthDelimited) return kind.fromBytes(reader.bytes());
  expectWireType(wireType, kind.element.wireType);
  const numbers = [kind.element.read(reader)];
  while (reader.pos < end) {
    const before = reader.pos;
    const [next, nextType] = reader.tag();
    if (next !== number || nextType !== kind.element.wireType) {
      reader.pos = before;
      break;
    }
    numbers.push(kind.element.read(reader));
  }
  return kind.fromNumbers(numbers);
}
