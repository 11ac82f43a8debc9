/** Texts up to this length are written letter by letter: to call out costs more. */
const shortText = 48;

/** From here on bytes are passed on as a view. */
const bigBytes = 4096;

const [smallestChunk, largestChunk] = [2 ** 14, 2 ** 22];

/**
 * Takes bytes from the end of a file to its beginning: protobuf writes the length of a message before the message, and
 * so it is known when it is written. Memory is taken in chunks; big pieces are kept as views.
 */
export class Sink {
  /** The last bytes of the file first. */
  readonly #pieces: Uint8Array[] = [];
  /** Bytes in the pieces. */
  #flushed = 0;
  #chunk = Buffer.allocUnsafeSlow(smallestChunk);
  /** Where the last byte written lies; everything before is free. */
  #at = smallestChunk;

  /** Bytes written so far. */
  get length(): number {
    return this.#flushed + this.#chunk.length - this.#at;
  }

  /** A protobuf varint; a negative number takes the 64 bits of two's complement. */
  varint(value: number | bigint): void {
    if (typeof value === "bigint" || value < 0 || value > 0x0fffffff) {
      this.#longVarint(value);
      return;
    }
    this.#ensure(4);
    const chunk = this.#chunk;
    if (value < 0x80) {
      chunk[--this.#at] = value;
      return;
    }
    let last = value < 0x4000 ? 7 : value < 0x200000 ? 14 : 21;
    chunk[--this.#at] = value >>> last;
    while ((last -= 7) >= 0) chunk[--this.#at] = ((value >>> last) & 0x7f) | 0x80;
  }

  float(value: number): void {
    this.#ensure(4);
    this.#chunk.writeFloatLE(value, (this.#at -= 4));
  }

  bytes(bytes: Uint8Array): void {
    if (bytes.length >= bigBytes) {
      this.#flush(0);
      this.#keep(bytes);
      return;
    }
    this.#ensure(bytes.length);
    this.#at -= bytes.length;
    this.#chunk.set(bytes, this.#at);
  }

  text(text: string): void {
    const { length } = text;
    if (length > shortText) {
      this.bytes(Buffer.from(text));
      return;
    }
    this.#ensure(3 * length);
    const chunk = this.#chunk;
    const from = this.#at - length;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) {
        this.bytes(Buffer.from(text));
        return;
      }
      chunk[from + index] = code;
    }
    this.#at = from;
  }

  /** Writes again `length` bytes, the first of which was written at that length of the sink; false if they are gone. */
  again(from: number, length: number): boolean {
    this.#ensure(length);
    const chunk = this.#chunk;
    const end = this.#flushed + chunk.length - from;
    if (end > chunk.length) return false;
    const at = (this.#at -= length);
    for (let index = 0, old = end - length; index < length; index++, old++) chunk[at + index] = chunk[old]!;
    return true;
  }

  /** The file, in pieces from its beginning to its end. */
  pieces(): Uint8Array[] {
    this.#flush(0);
    return this.#pieces.toReversed();
  }

  #longVarint(value: number | bigint): void {
    const groups: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) groups.push(Number(rest & 0x7fn) | 0x80);
    groups.push(Number(rest));
    this.bytes(Uint8Array.from(groups));
  }

  #ensure(size: number): void {
    if (this.#at < size) this.#flush(size);
  }

  /** Keeps what is written, and makes room. */
  #flush(size: number): void {
    const { buffer, length } = this.#chunk;
    if (this.#at < length) this.#keep(new Uint8Array(buffer, this.#at, length - this.#at));
    const next = Math.max(size, Math.min(largestChunk, Math.max(smallestChunk, this.#flushed)));
    // What is left of a chunk is used on.
    this.#chunk =
      this.#at >= Math.max(size, smallestChunk) ? this.#chunk.subarray(0, this.#at) : Buffer.allocUnsafeSlow(next);
    this.#at = this.#chunk.length;
  }

  #keep(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#flushed += piece.length;
    if (this.#flushed >= 2 ** 31)
      throw new RangeError("the model takes more than the 2^31-1 bytes of protobuf: keep tensors in external data");
  }
}
