import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import type { FieldReader, Layout } from "./decode-layouts.ts";
import type { PackedReader, ScalarReader } from "./decode-values.ts";
import { KnownRanges, longestKnown } from "./known-ranges.ts";
import type { Limits } from "./limits.ts";
import { Refusal } from "./refusal.ts";
import { TextReader } from "./text-reader.ts";
import type { UnknownField } from "./types.ts";

/** A message while it is read. */
export type Decoded = Record<string, unknown> & { unknown?: UnknownField[] };

/** A message that may come again. */
interface Known {
  readonly layout: Layout;
  readonly message: Decoded;
  /** Fields that it took. */
  readonly count: number;
}

const lengthDelimited: number = WireType.LengthDelimited;
const lastWireType: number = WireType.Bit32;
/** Deepest nesting in a message of `longestKnown` bytes: each level takes a tag and a length. */
const deepestKnown = longestKnown / 2;

/**
 * Reads one file. What a model has by the hundred thousand is read here, byte by byte: tags, lengths, short numbers and
 * texts; the rest is the library's. Equal short messages of the kinds that repeat become one object.
 */
export class Decoder {
  /** Fields and positions in lists down to where an error was thrown, from the inside to the outside. */
  readonly path: (string | number)[] = [];
  /** Byte at which the current field begins. */
  offset = 0;
  readonly #bytes: Uint8Array;
  readonly #reader: BinaryReader;
  readonly #texts: TextReader;
  readonly #known: KnownRanges<Known>;
  readonly #limits: Limits;
  /** Messages that are open. */
  #depth = 0;
  /** Fields read so far. */
  #count = 0;
  /** Items of the lists that are open, the innermost last: a list is made when its length is known. */
  readonly #items: unknown[] = [];
  #itemCount = 0;

  constructor(bytes: Uint8Array, limits: Limits) {
    this.#bytes = bytes;
    this.#reader = new BinaryReader(bytes);
    this.#texts = new TextReader(bytes);
    this.#known = new KnownRanges(bytes);
    this.#limits = limits;
  }

  /** Reads a message that ends before the byte `end`. */
  message(layout: Layout, end: number): Decoded {
    const reader = this.#reader;
    const { depth } = this.#limits;
    if (++this.#depth > depth) throw new Refusal(`nested deeper than ${depth} messages`);
    const message: Decoded = { ...layout.empty };
    // The fields that came already, a bit for each: all numbers are below 32.
    let seen = 0;
    while (reader.pos < end) {
      this.#begin();
      const tag = this.#tag();
      const field = layout.fields[tag >>> 3];
      if (field === undefined) this.#keep(message);
      else {
        const bit = 1 << field.number;
        this.#field(message, field, tag, end, (seen & bit) !== 0);
        seen |= bit;
      }
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

  #field(message: Decoded, field: FieldReader, tag: number, end: number, seen: boolean): void {
    const { key, packed } = field;
    try {
      if (field.repeated) {
        const before = seen ? (message[key] as unknown[]) : undefined;
        const items = this.#list(field, tag, end, before?.length ?? 0);
        if (before === undefined) message[key] = items;
        else for (const item of items) before.push(item);
      } else if (seen) throw new Refusal("given twice, and onnx.proto has it once");
      else if (packed === undefined) message[key] = this.#value(field, tag, end);
      else message[key] = readPacked(packed, field.number, tag & 7, end, this.#reader);
    } catch (error) {
      this.path.push(key);
      throw error;
    }
  }

  /** What this tag brings, and those like it that follow: one item each, or several packed numbers. */
  #list(field: FieldReader, tag: number, end: number, before: number): unknown[] {
    const reader = this.#reader;
    const first = this.#itemCount;
    try {
      this.#item(field, tag, end);
      while (tag < 0x80 && reader.pos < end && this.#bytes[reader.pos] === tag) {
        this.#begin();
        reader.pos++;
        this.#item(field, tag, end);
      }
    } catch (error) {
      this.path.push(before + this.#itemCount - first);
      this.#itemCount = first;
      throw error;
    }
    const list = this.#items.slice(first, this.#itemCount);
    this.#itemCount = first;
    return list;
  }

  #item(field: FieldReader, tag: number, end: number): void {
    if (field.scalar === undefined || (tag & 7) === field.wireType) this.#push(this.#value(field, tag, end));
    else this.#packedItems(field.scalar, tag);
  }

  #packedItems(scalar: ScalarReader, tag: number): void {
    expectWireType(tag & 7, lengthDelimited);
    const packed = new BinaryReader(this.#reader.bytes());
    while (packed.pos < packed.len) this.#push(scalar.read(packed));
  }

  #push(item: unknown): void {
    this.#items[this.#itemCount++] = item;
  }

  #value(field: FieldReader, tag: number, end: number): unknown {
    if ((tag & 7) !== field.wireType) expectWireType(tag & 7, field.wireType);
    const reader = this.#reader;
    const { message } = field;
    if (message !== undefined) {
      const length = this.#length();
      if (reader.pos + length > end) throw new RangeError();
      return message.repeats && length <= longestKnown
        ? this.#repeated(message, reader.pos + length)
        : this.message(message, reader.pos + length);
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

  /** A short message: the one that was made of the same bytes, where the limits allow to take it unread. */
  #repeated(layout: Layout, end: number): Decoded {
    const from = this.#reader.pos;
    const slot = this.#known.slotOf(from, end);
    const known = this.#known.find(slot, from, end);
    const before = this.#count;
    if (known?.layout === layout && before + known.count <= this.#limits.fields && this.#isShallow()) {
      this.#count += known.count;
      this.#reader.pos = end;
      return known.message;
    }
    const message = this.message(layout, end);
    this.#known.keep(slot, from, end, { layout, message, count: this.#count - before });
    return message;
  }

  #isShallow(): boolean {
    return this.#depth + deepestKnown <= this.#limits.depth;
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
