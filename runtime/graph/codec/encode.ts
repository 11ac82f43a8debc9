import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { scalarWriters, type ScalarWriter } from "./encode-values.ts";
import { messages, type Field, type MessageName, type PackedKind, type ScalarKind } from "./schema.ts";
import type { MessageInit, UnknownField } from "./types.ts";
import { lengthPrefixed, varintSize } from "./varint.ts";

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
  const layout = layouts.get(name)!;
  const output: Output = { sizes: [], next: 0, writer: new BinaryWriter(), pieces: [] };
  const size = measure(layout, message as Encodable, output.sizes);
  if (size >= 2 ** 31)
    throw new RangeError(`the model takes ${size} bytes and protobuf ends at 2^31-1: keep tensors in external data`);
  output.next = 1;
  writeMessage(layout, message as Encodable, output);
  output.pieces.push(output.writer.finish());
  return output.pieces;
}

interface Output {
  /** Bytes of each message, in the order in which both passes meet them: protobuf writes the length first. */
  readonly sizes: number[];
  next: number;
  readonly writer: BinaryWriter;
  readonly pieces: Uint8Array[];
}

/** How a field is written: one of the last two is there. */
interface FieldWriter {
  readonly key: string;
  readonly number: number;
  readonly repeated: boolean;
  readonly wireType: WireType;
  readonly tagSize: number;
  readonly scalar: ScalarWriter | undefined;
  readonly message: Layout | undefined;
}

type Layout = FieldWriter[];
type Encodable = Readonly<Record<string, unknown>> & { readonly unknown?: readonly UnknownField[] };

/** Made in two steps, because messages contain each other. */
const layouts: ReadonlyMap<string, Layout> = new Map(Object.keys(messages).map((name) => [name, []]));
for (const [name, fields] of Object.entries(messages))
  layouts.get(name)!.push(
    ...Object.entries<Field>(fields)
      .sort(([, a], [, b]) => a.number - b.number)
      .map(([key, { number, kind, label }]) => {
        const scalar = scalarWriters[kind as ScalarKind | PackedKind] as ScalarWriter | undefined;
        const wireType = scalar?.wireType ?? WireType.LengthDelimited;
        const tagSize = varintSize(number * 8);
        return { key, number, repeated: label === "many", wireType, tagSize, scalar, message: layouts.get(kind) };
      }),
  );

function measure(layout: Layout, message: Encodable, sizes: number[]): number {
  const place = sizes.push(0) - 1;
  let size = 0;
  for (const field of layout) {
    const value = message[field.key];
    if (value === undefined) continue;
    if (!field.repeated) size += field.tagSize + measureValue(field, value, sizes);
    else for (const item of value as readonly unknown[]) size += field.tagSize + measureValue(field, item, sizes);
  }
  for (const { number, data } of message.unknown ?? []) size += varintSize(number * 8) + data.length;
  sizes[place] = size;
  return size;
}

function measureValue({ scalar, message }: FieldWriter, value: unknown, sizes: number[]): number {
  if (scalar !== undefined) return scalar.size(value as never);
  return lengthPrefixed(measure(message!, value as Encodable, sizes));
}

function writeMessage(layout: Layout, message: Encodable, output: Output): void {
  for (const field of layout) {
    const value = message[field.key];
    if (value === undefined) continue;
    if (!field.repeated) writeValue(field, value, output);
    else for (const item of value as readonly unknown[]) writeValue(field, item, output);
  }
  for (const { number, wireType, data } of message.unknown ?? []) output.writer.tag(number, wireType).raw(data);
}

function writeValue({ number, wireType, scalar, message }: FieldWriter, value: unknown, output: Output): void {
  const { writer } = output;
  writer.tag(number, wireType);
  if (scalar === undefined) {
    writer.uint32(output.sizes[output.next++]!);
    writeMessage(message!, value as Encodable, output);
  } else if (scalar.bytes === undefined) scalar.write(writer, value as never);
  else writeBytes(scalar.bytes(value as never), output);
}

/** From here on bytes are passed on as a view instead of through the writer. */
const bigBytes = 4096;

function writeBytes(bytes: Uint8Array, { writer, pieces }: Output): void {
  writer.uint32(bytes.length);
  if (bytes.length < bigBytes) writer.raw(bytes);
  else pieces.push(writer.finish(), bytes);
}
