import { Refusal } from "./refusal.ts";

/** Texts up to this length are looked up before they are made: names of a model come again and again. */
const longestKnown = 64;
const slots = 8192;

/** Reads texts out of a file's bytes; equal short ones are one string. */
export class TextReader {
  readonly #bytes: Uint8Array;
  readonly #buffer: Buffer;
  readonly #known: (string | undefined)[] = new Array<string | undefined>(slots).fill(undefined);
  #decoder: TextDecoder | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** @throws {Refusal} if the bytes are not UTF-8. */
  read(from: number, to: number): string {
    const bytes = this.#bytes;
    if (to - from > longestKnown) return this.#decode(from, to);
    let hash = to - from;
    for (let at = from; at < to; at++) {
      const byte = bytes[at]!;
      if (byte >= 0x80) return this.#decode(from, to);
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    const slot = (hash ^ (hash >>> 13)) & (slots - 1);
    const known = this.#known[slot];
    if (known !== undefined && this.#is(known, from, to)) return known;
    return (this.#known[slot] = this.#buffer.toString("latin1", from, to));
  }

  #is(text: string, from: number, to: number): boolean {
    if (text.length !== to - from) return false;
    for (let at = from, index = 0; at < to; at++, index++) if (text.charCodeAt(index) !== this.#bytes[at]) return false;
    return true;
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
