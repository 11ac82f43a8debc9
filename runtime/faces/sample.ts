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
    else sampleTurned(image, crop, this.width, this.pixels);
    return this.pixels;
  }

  /** Rows and columns apart: the work grows with the part of the picture that is shown, not with its product. */
  #sampleUpright(image: RgbImage, crop: Similarity): void {
    const [columns, rows] = [this.#columns, this.#rows];
    columns.set(crop.a, crop.x, image.width);
    rows.set(crop.a, crop.y, image.height);
    const line = 3 * this.width;
    const needed = line * Math.max(0, rows.last - rows.first);
    if (this.#scratch.length < needed) this.#scratch = new Float32Array(needed);
    for (let row = rows.first; row < rows.last; row++) {
      weighRow(image, row, columns, this.#scratch, line * (row - rows.first));
    }
    joinRows(this.#scratch, rows, line, this.pixels);
  }
}

/*
 * The loops below run for every pixel of every frame: numbers live in locals, and weighted sums are written out for the
 * three channels.
 */

/** One row of a picture, `columns.size` pixels wide, into `target` from `at` on. */
function weighRow(
  { data, width }: RgbImage,
  row: number,
  columns: AxisWeights,
  target: Float32Array,
  at: number,
): void {
  const { starts, counts, weights, stride, size } = columns;
  const offset = 3 * row * width;
  for (let column = 0; column < size; column++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    let from = offset + 3 * starts[column]!;
    const end = column * stride + counts[column]!;
    for (let k = column * stride; k < end; k++) {
      const weight = weights[k]!;
      red += weight * data[from]!;
      green += weight * data[from + 1]!;
      blue += weight * data[from + 2]!;
      from += 3;
    }
    target[at] = red;
    target[at + 1] = green;
    target[at + 2] = blue;
    at += 3;
  }
}

/** Weighted sums of rows of `line` numbers; the first row of `source` is `rows.first` of the picture. */
function joinRows(source: Float32Array, rows: AxisWeights, line: number, target: Float32Array): void {
  const { starts, counts, weights, stride, size, first } = rows;
  target.fill(0);
  for (let row = 0; row < size; row++) {
    const to = row * line;
    const count = counts[row]!;
    for (let k = 0; k < count; k++) {
      const weight = weights[row * stride + k]!;
      const from = (starts[row]! + k - first) * line;
      for (let i = 0; i < line; i++) target[to + i] = target[to + i]! + weight * source[from + i]!;
    }
  }
}

/** A grid of samples a pixel, as many as the crop is smaller than what it shows. */
function sampleTurned(image: RgbImage, crop: Similarity, columns: number, target: Float32Array): void {
  const { data, width, height } = image;
  const { a, b, x: shiftX, y: shiftY } = crop;
  const grid = Math.max(1, Math.ceil(scaleOf(crop) - 1e-6));
  const part = 1 / (grid * grid);
  for (let at = 0, pixel = 0; at < target.length; at += 3, pixel++) {
    const column = pixel % columns;
    const row = (pixel - column) / columns;
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let k = 0; k < grid * grid; k++) {
      const u = column + ((k % grid) + 0.5) / grid;
      const v = row + (Math.floor(k / grid) + 0.5) / grid;
      const x = a * u - b * v + shiftX;
      const y = b * u + a * v + shiftY;
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      const left = Math.max(0, Math.floor(x - 0.5));
      const top = Math.max(0, Math.floor(y - 0.5));
      const east = Math.max(0, x - 0.5 - left);
      const south = Math.max(0, y - 0.5 - top);
      const nw = 3 * (top * width + left);
      const ne = left + 1 < width ? nw + 3 : nw;
      const down = top + 1 < height ? 3 * width : 0;
      const [p, q] = [(1 - east) * (1 - south), east * (1 - south)];
      const [r, s] = [(1 - east) * south, east * south];
      red += p * data[nw]! + q * data[ne]! + r * data[nw + down]! + s * data[ne + down]!;
      green += p * data[nw + 1]! + q * data[ne + 1]! + r * data[nw + down + 1]! + s * data[ne + down + 1]!;
      blue += p * data[nw + 2]! + q * data[ne + 2]! + r * data[nw + down + 2]! + s * data[ne + down + 2]!;
    }
    target[at] = part * red;
    target[at + 1] = part * green;
    target[at + 2] = part * blue;
  }
}
