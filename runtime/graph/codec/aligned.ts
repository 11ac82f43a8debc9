/** Bytes at an address where an array of `width`-byte elements can start: these if they are there, else a copy. */
export function aligned(bytes: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  // Every model is read from a plain buffer: shared memory is for tensors that move between threads.
  return bytes.byteOffset % width === 0 && bytes.buffer instanceof ArrayBuffer
    ? (bytes as Uint8Array<ArrayBuffer>)
    : new Uint8Array(bytes);
}
