import { WireType } from "@bufbuild/protobuf/wire";
import { scalarWriters, type ScalarWriter } from "./encode-values.ts";
import { messages, repeating, type Field, type MessageName, type PackedKind, type ScalarKind } from "./schema.ts";
import { Sink } from "./sink.ts";
import type { MessageInit, UnknownField } from "./types.ts";

/**
 * Writes a model, fields in the order of their numbers. The bytes of big tensors are copied once, into the result.
 * @throws {RangeError} if the model does not fit the 2 GiB of a protobuf file.
 */
export function encodeModel(model: MessageInit<"ModelProto">): Uint8Array {
  return encodeMessage("ModelProto", model);
}

/**
 * Writes a model as pieces to be written one after the other (to a file, a hash, a stream): the bytes of big
 * tensors are views of the model's own, not copied at all.
 * @throws {RangeError} if the model does not fit the 2 GiB of a protobuf file.
 */
export function encodeModelPieces(model: MessageInit<"ModelProto">): Uint8Array[] {
  return sinkOf("ModelProto", model).pieces();
}

/** Writes one message of the schema, as `encodeModel` does. */
export function encodeMessage<Name extends MessageName>(name: Name, message: MessageInit<Name>): Uint8Array {
  const sink = sinkOf(name, message);
  // Not zeroed: every byte is written.
  const { buffer } = Buffer.allocUnsafeSlow(sink.length);
  const bytes = new Uint8Array(buffer);
  let position = 0;
  for (const piece of sink.pieces()) {
    bytes.set(piece, position);
    position += piece.length;
  }
  return bytes;
}

function sinkOf(name: MessageName, message: object): Sink {
  const encoder = new Encoder();
  encoder.message(layouts.get(name)!, message as Encodable);
  return encoder.sink;
}

/** How a field is written: one of the last two is there. */
interface FieldWriter {
  readonly key: string;
  readonly repeated: boolean;
  /** Number and wire type, as they are on the wire. */
  readonly tag: number;
  readonly hasLength: boolean;
  readonly scalar: ScalarWriter | undefined;
  readonly message: Layout | undefined;
}

interface Layout {
  /** The last first: files are written from their end. */
  readonly fields: readonly FieldWriter[];
  readonly repeats: boolean;
}

type Encodable = Readonly<Record<string, unknown>> & { readonly unknown?: readonly UnknownField[] };

/** Made in two steps, because messages contain each other. */
const layouts = new Map<string, Layout & { readonly fields: FieldWriter[] }>(
  (Object.keys(messages) as MessageName[]).map((name) => [name, { fields: [], repeats: repeating.has(name) }]),
);
for (const [name, fields] of Object.entries(messages))
  layouts.get(name)!.fields.push(
    ...Object.entries<Field>(fields)
      .sort(([, a], [, b]) => b.number - a.number)
      .map(([key, { number, kind, label }]) => {
        const scalar = scalarWriters[kind as ScalarKind | PackedKind] as ScalarWriter | undefined;
        const wireType = scalar?.wireType ?? WireType.LengthDelimited;
        const hasLength = wireType === WireType.LengthDelimited;
        const repeated = label === "many";
        return { key, repeated, tag: number * 8 + wireType, hasLength, scalar, message: layouts.get(kind) };
      }),
  );

/** Bytes of a message that may come again: where the sink was when it began to be written, from its end. */
interface Written {
  readonly from: number;
  readonly length: number;
}

/** Where more messages of a model differ than this, few come again. */
const mostWritten = 4096;
/** Up to here, copying bytes is less than writing fields. */
const longestWritten = 64;

/** Writes one file. One object that comes several times is written once, and then copied. */
class Encoder {
  readonly sink = new Sink();
  readonly #written = new Map<object, Written>();

  message(layout: Layout, message: Encodable): void {
    if (message.unknown !== undefined) this.#unknown(message.unknown);
    for (const field of layout.fields) {
      const value = message[field.key];
      if (value === undefined) continue;
      if (!field.repeated) this.#field(field, value);
      else {
        const items = value as readonly unknown[];
        for (let index = items.length - 1; index >= 0; index--) this.#field(field, items[index]);
      }
    }
  }

  #field({ tag, hasLength, scalar, message }: FieldWriter, value: unknown): void {
    const { sink } = this;
    const end = sink.length;
    if (scalar !== undefined) scalar.write(sink, value as never);
    else if (message!.repeats) this.#repeated(message!, value as Encodable);
    else this.message(message!, value as Encodable);
    if (hasLength) sink.varint(sink.length - end);
    sink.varint(tag);
  }

  #repeated(layout: Layout, message: Encodable): void {
    const { sink } = this;
    const written = this.#written.get(message);
    if (written !== undefined && sink.again(written.from, written.length)) return;
    const from = sink.length;
    this.message(layout, message);
    const length = sink.length - from;
    if (length <= longestWritten && (written !== undefined || this.#written.size < mostWritten))
      this.#written.set(message, { from, length });
  }

  #unknown(fields: readonly UnknownField[]): void {
    for (const { number, wireType, data } of fields.toReversed()) {
      this.sink.bytes(data);
      this.sink.varint(number * 8 + wireType);
    }
  }
}
