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
  const { layout, color, mean, std } = format;
  const area = format.width * format.height;
  const [step, plane] = layout === "NCHW" ? [1, area] : [3, 1];
  const [red, blue] = color === "RGB" ? ([0, 2] as const) : ([2, 0] as const);
  const [redMean, greenMean, blueMean] = [mean[red], mean[1], mean[blue]];
  const [redFactor, greenFactor, blueFactor] = [1 / std[red], 1 / std[1], 1 / std[blue]];
  const [redPlane, bluePlane] = [red * plane, blue * plane];
  for (let k = 0, to = 0; k < 3 * area; k += 3, to += step) {
    input[to + redPlane] = (pixels[k]! - redMean) * redFactor;
    input[to + plane] = (pixels[k + 1]! - greenMean) * greenFactor;
    input[to + bluePlane] = (pixels[k + 2]! - blueMean) * blueFactor;
  }
}
