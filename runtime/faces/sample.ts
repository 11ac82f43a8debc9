import { AxisWeights } from "./axis-weights.ts";
import type { RgbImage } from "./image.ts";
import { scaleOf, type Similarity } from "./similarity.ts";

/**
 * Makes crops of one size. Pixels are averaged over their area where the crop is smaller than what it shows, and
 * interpolated bilinearly where it is larger; beyond the picture all is black. Memory is taken once.
 */
export class Sampler {
  readonly width: number;
  readonly height: number;
  /** The last crop: red, green and blue from 0 to 255, row by row. */
  readonly pixels: Float32Array;
  readonly #columns: AxisWeights;
  readonly #rows: AxisWeights;
  #scratch = new Float32Array(0);

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.pixels = new Float32Array(3 * width * height);
    this.#columns = new AxisWeights(width);
    this.#rows = new AxisWeights(height);
  }

  /** Fills `pixels` with the part of `image` that `crop`, from pixels of the crop to pixels of the image, shows. */
  sample(image: RgbImage, crop: Similarity): Float32Array {
    if (crop.b === 0 && crop.a > 0) this.#sampleUpright(image, crop);
    else this.#sampleTurned(image, crop);
    return this.pixels;
  }

  /** Rows and columns apart: the work grows with the part of the picture that is shown, not with its product. */
  #sampleUpright(image: RgbImage, crop: Similarity): void {
    this.#columns.set(crop.a, crop.x, image.width);
    this.#rows.set(crop.a, crop.y, image.height);
    const { first, last } = this.#rows;
    const needed = 3 * this.width * Math.max(0, last - first);
    if (this.#scratch.length < needed) this.#scratch = new Float32Array(needed);
    for (let row = first; row < last; row++) this.#shrinkRow(image, row, 3 * this.width * (row - first));
    this.#joinRows(first);
  }

  #shrinkRow(image: RgbImage, row: number, at: number): void {
    const { starts, counts, weights, stride } = this.#columns;
    const { data } = image;
    for (let column = 0; column < this.width; column++) {
      let [red, green, blue] = [0, 0, 0];
      let from = 3 * (row * image.width + starts[column]!);
      const base = column * stride;
      for (let k = 0; k < counts[column]!; k++, from += 3) {
        const weight = weights[base + k]!;
        red += weight * data[from]!;
        green += weight * data[from + 1]!;
        blue += weight * data[from + 2]!;
      }
      this.#scratch[at++] = red;
      this.#scratch[at++] = green;
      this.#scratch[at++] = blue;
    }
  }

  #joinRows(first: number): void {
    const { starts, counts, weights, stride } = this.#rows;
    const line = 3 * this.width;
    this.pixels.fill(0);
    for (let row = 0; row < this.height; row++) {
      const to = row * line;
      for (let k = 0; k < counts[row]!; k++) {
        const weight = weights[row * stride + k]!;
        const from = (starts[row]! + k - first) * line;
        for (let i = 0; i < line; i++) this.pixels[to + i]! += weight * this.#scratch[from + i]!;
      }
    }
  }

  /** A grid of samples a pixel, as many as the crop is smaller than what it shows. */
  #sampleTurned(image: RgbImage, { a, b, x, y }: Similarity): void {
    const grid = Math.max(1, Math.ceil(scaleOf({ a, b, x, y }) - 1e-6));
    const weight = 1 / (grid * grid);
    this.pixels.fill(0);
    for (let at = 0, row = 0; row < this.height; row++) {
      for (let column = 0; column < this.width; column++, at += 3) {
        for (let k = 0; k < grid * grid; k++) {
          const u = column + ((k % grid) + 0.5) / grid;
          const v = row + (Math.floor(k / grid) + 0.5) / grid;
          this.#addPoint(image, a * u - b * v + x, b * u + a * v + y, at, weight);
        }
      }
    }
  }

  #addPoint({ data, width, height }: RgbImage, x: number, y: number, at: number, weight: number): void {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const left = Math.max(0, Math.floor(x - 0.5));
    const top = Math.max(0, Math.floor(y - 0.5));
    const right = Math.min(left + 1, width - 1);
    const bottom = Math.min(top + 1, height - 1);
    const u = Math.max(0, x - 0.5 - left);
    const v = Math.max(0, y - 0.5 - top);
    const [nw, ne] = [3 * (top * width + left), 3 * (top * width + right)];
    const [sw, se] = [3 * (bottom * width + left), 3 * (bottom * width + right)];
    for (let channel = 0; channel < 3; channel++) {
      const upper = (1 - u) * data[nw + channel]! + u * data[ne + channel]!;
      const lower = (1 - u) * data[sw + channel]! + u * data[se + channel]!;
      this.pixels[at + channel]! += weight * ((1 - v) * upper + v * lower);
    }
  }
}
