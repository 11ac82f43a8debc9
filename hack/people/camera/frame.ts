import type { Color } from "../canvas/canvas.ts";

const { ceil, floor, max, min } = Math;

/** A picture in linear light, interleaved RGB, before the sensor. */
export type Frame = { width: number; height: number; light: Float32Array };

export type Size = { width: number; height: number };

export function createFrame({ width, height }: Size): Frame {
  return { width, height, light: new Float32Array(width * height * 3) };
}

/** Lays a color, in a certain brightness, over one pixel; `cover` is how much of the pixel it fills. */
export function coverPixel({ light }: Frame, pixel: number, color: Color, brightness: number, cover: number): void {
  const at = pixel * 3;
  light[at]! += (color[0] * brightness - light[at]!) * cover;
  light[at + 1]! += (color[1] * brightness - light[at + 1]!) * cover;
  light[at + 2]! += (color[2] * brightness - light[at + 2]!) * cover;
}

/** Visits the pixels between two corners (pixels, cut to the frame). */
export function eachPixel(
  { width, height }: Size,
  box: { left: number; right: number; top: number; bottom: number },
  visit: (pixel: number, x: number, y: number) => void,
): void {
  const left = max(0, floor(box.left));
  const right = min(width - 1, ceil(box.right));
  const bottom = min(height - 1, ceil(box.bottom));
  for (let y = max(0, floor(box.top)); y <= bottom; y++) {
    for (let x = left; x <= right; x++) visit(y * width + x, x + 0.5, y + 0.5);
  }
}
