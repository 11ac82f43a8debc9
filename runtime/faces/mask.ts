import { clamp, type Region } from "./geometry.ts";
import type { RgbImage } from "./image.ts";

/** Blackens parts of a picture in place: every pixel that an area touches. */
export function blacken({ width, height, data }: RgbImage, areas: readonly Region[]): void {
  for (const area of areas) {
    const left = clamp(Math.floor(area.x * width), 0, width);
    const right = clamp(Math.ceil((area.x + area.width) * width), 0, width);
    const top = clamp(Math.floor(area.y * height), 0, height);
    const bottom = clamp(Math.ceil((area.y + area.height) * height), 0, height);
    for (let row = top; row < bottom; row++) data.fill(0, 3 * (row * width + left), 3 * (row * width + right));
  }
}
