/** Bytes at an address where an array of `width`-byte elements can start: these if they are there, else a copy. */
export function aligned(bytes: Uint8Array, width: number): Uint8Array {
  return bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
}
