import type { Sides } from "./crop.ts";

/** How a network takes a picture; numbers parsed from `spec.networks[].input`. */
export interface PixelFormat extends Sides {
  readonly layout: "NCHW" | "NHWC";
  readonly color: "RGB" | "BGR";
  /** Subtracted from each channel, 0 to 255, in the order of `color`. */
  readonly mean: readonly [number, number, number];
  /** Divides each channel after the mean, in the order of `color`. */
  readonly std: readonly [number, number, number];
}

/** Dimensions of the input of one picture. */
export function inputDims({ layout, width, height }: PixelFormat): [number, number, number, number] {
  return layout === "NCHW" ? [1, 3, height, width] : [1, height, width, 3];
}

/** Writes red, green and blue from 0 to 255, row by row, into a network's input of `3 * width * height` numbers. */
export function packPixels(pixels: Float32Array, format: PixelFormat, input: Float32Array): void {
  const area = format.width * format.height;
  const [step, plane] = format.layout === "NCHW" ? [1, area] : [3, 1];
  for (let channel = 0; channel < 3; channel++) {
    const from = format.color === "RGB" ? channel : 2 - channel;
    const mean = format.mean[channel]!;
    const factor = 1 / format.std[channel]!;
    for (let k = 0, to = channel * plane; k < area; k++, to += step) {
      input[to] = (pixels[3 * k + from]! - mean) * factor;
    }
  }
}
