import { Decoder } from "./decoder.ts";
import { layouts } from "./decode-layouts.ts";
import { ModelFormatError } from "./format-error.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { Refusal } from "./refusal.ts";
import { protoName, type MessageName } from "./schema.ts";
import type { Message, ModelProto } from "./types.ts";

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
