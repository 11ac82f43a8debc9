/**
 * A picture: three bytes a pixel, red, green, blue, row by row, without padding. `data` on a SharedArrayBuffer crosses
 * to a worker without a copy, so that one decoded frame serves both slots.
 */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** `3 * width * height` bytes. */
  readonly data: Uint8Array<SharedArrayBuffer> | Uint8Array<ArrayBuffer>;
}

/** A black picture on memory that every thread sees. */
export function blankImage(width: number, height: number): RgbImage {
  return { width, height, data: new Uint8Array(new SharedArrayBuffer(3 * width * height)) };
}
