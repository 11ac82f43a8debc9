import { KnownRanges, longestKnown } from "./known-ranges.ts";
import { Refusal } from "./refusal.ts";

/** Reads texts out of a file's bytes; equal short ones are one string. */
export class TextReader {
  readonly #bytes: Uint8Array;
  readonly #buffer: Buffer;
  readonly #known: KnownRanges<string>;
  #decoder: TextDecoder | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#known = new KnownRanges(bytes);
  }

  /** @throws {Refusal} if the bytes are not UTF-8. */
  read(from: number, to: number): string {
    if (to - from > longestKnown) return this.#decode(from, to);
    const slot = this.#known.slotOf(from, to);
    return this.#known.find(slot, from, to) ?? this.#known.keep(slot, from, to, this.#short(from, to));
  }

  #short(from: number, to: number): string {
    for (let at = from; at < to; at++) if (this.#bytes[at]! >= 0x80) return this.#decode(from, to);
    return this.#buffer.toString("latin1", from, to);
  }

  #decode(from: number, to: number): string {
    this.#decoder ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    try {
      return this.#decoder.decode(this.#bytes.subarray(from, to));
    } catch {
      throw new Refusal("not valid protobuf (a text that is no UTF-8); is it an ONNX file?");
    }
  }
}
