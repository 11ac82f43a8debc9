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
    // One pixel more, since pairs are read whole.
    const needed = 3 * (Math.max(0, columns.last - columns.first) + 1);
    if (this.#scratch.length < needed) this.#scratch = new Float32Array(needed);
    const weigh = columns.paired ? weighPairs : weighRow;
    const line = 3 * this.width;
    for (let row = 0; row < this.height; row++) {
      if (rows.counts[row] === 0 || columns.last === 0) this.pixels.fill(0, line * row, line * (row + 1));
      else {
        joinRows(image, rows, row, columns, this.#scratch);
        weigh(this.#scratch, columns, this.pixels, line * row);
      }
    }
  }
}

/*
 * The loops below run for every pixel of every frame: numbers live in locals, and weighted sums are written out for the
 * three channels.
 */

/**
 * The rows of a picture that make up one row of a crop as one, from the first to the last column that the crop shows.
 * Rows come first since their numbers lie side by side, and most crops shrink what they show by two or three rows.
 */
function joinRows(
  { data, width }: RgbImage,
  { starts, counts, weights, stride }: AxisWeights,
  row: number,
  { first, last }: AxisWeights,
  target: Float32Array,
): void {
  const length = 3 * (last - first);
  const line = 3 * width;
  const base = row * stride;
  const [upper, middle, lower] = [weights[base]!, weights[base + 1]!, weights[base + 2]!];
  let from = line * starts[row]! + 3 * first;
  const below = from + line;
  const bottom = below + line;
  switch (counts[row]!) {
    case 1:
      for (let i = 0; i < length; i++) target[i] = upper * data[from + i]!;
      return;
    case 2:
      for (let i = 0; i < length; i++) target[i] = upper * data[from + i]! + middle * data[below + i]!;
      return;
  }
  for (let i = 0; i < length; i++) {
    target[i] = upper * data[from + i]! + middle * data[below + i]! + lower * data[bottom + i]!;
  }
  for (let k = 3; k < counts[row]!; k++) {
    from = line * (starts[row]! + k) + 3 * first;
    const weight = weights[base + k]!;
    for (let i = 0; i < length; i++) target[i] = target[i]! + weight * data[from + i]!;
  }
}

/** As `weighRow` for columns that are paired, without a loop inside. */
function weighPairs(source: Float32Array, columns: AxisWeights, target: Float32Array, at: number): void {
  const { starts, weights, size, first } = columns;
  for (let column = 0; column < size; column++) {
    const from = 3 * Math.max(0, starts[column]! - first);
    const left = weights[2 * column]!;
    const right = weights[2 * column + 1]!;
    target[at] = left * source[from]! + right * source[from + 3]!;
    target[at + 1] = left * source[from + 1]! + right * source[from + 4]!;
    target[at + 2] = left * source[from + 2]! + right * source[from + 5]!;
    at += 3;
  }
}

/** One row, `columns.size` pixels wide, into `target` from `at` on; `source` begins at `columns.first`. */
function weighRow(source: Float32Array, columns: AxisWeights, target: Float32Array, at: number): void {
  const { starts, counts, weights, stride, size, first } = columns;
  for (let column = 0; column < size; column++) {
    let red = 0;
    let green = 0;
    let blue = 0;
    let from = 3 * (starts[column]! - first);
    const end = column * stride + counts[column]!;
    for (let k = column * stride; k < end; k++) {
      const weight = weights[k]!;
      red += weight * source[from]!;
      green += weight * source[from + 1]!;
      blue += weight * source[from + 2]!;
      from += 3;
    }
    target[at] = red;
    target[at + 1] = green;
    target[at + 2] = blue;
    at += 3;
  }
}

/** How much smaller than what it shows a crop may be with one sample a pixel: a quarter costs no accuracy. */
const bearable = 0.25;

/** A grid of samples a pixel, about as many as the crop is smaller than what it shows. */
function sampleTurned(image: RgbImage, crop: Similarity, columns: number, target: Float32Array): void {
  const grid = Math.max(1, Math.ceil(scaleOf(crop) - bearable));
  target.fill(0);
  for (let k = 0; k < grid * grid; k++) {
    const spot = { u: ((k % grid) + 0.5) / grid, v: (Math.floor(k / grid) + 0.5) / grid, part: 1 / (grid * grid) };
    addSamples(image, crop, spot, columns, target);
  }
}

/** Where within a pixel of the crop the picture is looked at, and what part of the pixel that is. */
interface Spot {
  readonly u: number;
  readonly v: number;
  readonly part: number;
}

/** Adds to every pixel its part of what the picture shows at a spot, interpolated between four pixels. */
function addSamples(
  { data, width, height }: RgbImage,
  { a, b, x: shiftX, y: shiftY }: Similarity,
  { u, v, part }: Spot,
  columns: number,
  target: Float32Array,
): void {
  const rows = target.length / (3 * columns);
  const line = 3 * width;
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let x = a * u - b * (row + v) + shiftX;
    let y = b * u + a * (row + v) + shiftY;
    for (let column = 0; column < columns; column++, at += 3, x += a, y += b) {
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      const left = x < 0.5 ? 0 : Math.floor(x - 0.5);
      const top = y < 0.5 ? 0 : Math.floor(y - 0.5);
      const east = x < 0.5 ? 0 : x - 0.5 - left;
      const south = y < 0.5 ? 0 : y - 0.5 - top;
      const nw = top * line + 3 * left;
      const ne = left + 1 < width ? nw + 3 : nw;
      const sw = top + 1 < height ? nw + line : nw;
      const se = sw + ne - nw;
      const p = part * (1 - east) * (1 - south);
      const q = part * east * (1 - south);
      const r = part * (1 - east) * south;
      const s = part * east * south;
      target[at] = target[at]! + p * data[nw]! + q * data[ne]! + r * data[sw]! + s * data[se]!;
      target[at + 1] = target[at + 1]! + p * data[nw + 1]! + q * data[ne + 1]! + r * data[sw + 1]! + s * data[se + 1]!;
      target[at + 2] = target[at + 2]! + p * data[nw + 2]! + q * data[ne + 2]! + r * data[sw + 2]! + s * data[se + 2]!;
    }
  }
}
