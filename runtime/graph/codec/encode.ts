import { WireType } from "@bufbuild/protobuf/wire";
import { scalarWriters, type ScalarWriter } from "./encode-values.ts";
import { messages, type Field, type MessageName, type PackedKind, type ScalarKind } from "./schema.ts";
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
  const sink = new Sink();
  writeMessage(layouts.get(name)!, message as Encodable, sink);
  return sink;
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

/** The fields of a message, the last first: files are written from their end. */
type Layout = FieldWriter[];
type Encodable = Readonly<Record<string, unknown>> & { readonly unknown?: readonly UnknownField[] };

/** Made in two steps, because messages contain each other. */
const layouts: ReadonlyMap<string, Layout> = new Map(Object.keys(messages).map((name) => [name, []]));
for (const [name, fields] of Object.entries(messages))
  layouts.get(name)!.push(
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

function writeMessage(layout: Layout, message: Encodable, sink: Sink): void {
  if (message.unknown !== undefined) writeUnknown(message.unknown, sink);
  for (const field of layout) {
    const value = message[field.key];
    if (value === undefined) continue;
    if (!field.repeated) writeField(field, value, sink);
    else {
      const items = value as readonly unknown[];
      for (let index = items.length - 1; index >= 0; index--) writeField(field, items[index], sink);
    }
  }
}

function writeField({ tag, hasLength, scalar, message }: FieldWriter, value: unknown, sink: Sink): void {
  const end = sink.length;
  if (scalar !== undefined) scalar.write(sink, value as never);
  else writeMessage(message!, value as Encodable, sink);
  if (hasLength) sink.varint(sink.length - end);
  sink.varint(tag);
}

function writeUnknown(fields: readonly UnknownField[], sink: Sink): void {
  for (const { number, wireType, data } of fields.toReversed()) {
    sink.bytes(data);
    sink.varint(number * 8 + wireType);
  }
}
