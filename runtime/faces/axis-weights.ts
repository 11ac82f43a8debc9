/**
 * Along one axis: which pixels of a picture make up each pixel of a crop, and by how much. Weights of a pixel that lies
 * within the picture sum to 1, of one beyond it to 0.
 */
export class AxisWeights {
  readonly size: number;
  /** Per pixel of the crop: the first pixel of the picture that counts in. */
  readonly starts: Int32Array;
  /** Per pixel of the crop: how many count in. */
  readonly counts: Int32Array;
  /** `stride` numbers per pixel of the crop, of which `counts` are used. */
  weights = new Float32Array(0);
  stride = 0;
  /** Whether every pixel has two weights that may be read, of which one or both can be 0. */
  paired = false;
  /** First and one past the last pixel of the picture that any pixel of the crop needs. */
  first = 0;
  last = 0;

  constructor(size: number) {
    this.size = size;
    this.starts = new Int32Array(size);
    this.counts = new Int32Array(size);
  }

  /** For a crop whose pixel k shows the picture from `offset + k * scale` on; `length` is the picture's. */
  set(scale: number, offset: number, length: number): void {
    this.stride = Math.max(2, Math.ceil(scale) + 1);
    this.paired = scale <= 1;
    if (this.weights.length < this.size * this.stride) this.weights = new Float32Array(this.size * this.stride);
    this.first = length;
    this.last = 0;
    for (let k = 0; k < this.size; k++) {
      if (scale > 1) this.#average(k, offset + k * scale, offset + (k + 1) * scale, length);
      else this.#interpolate(k, offset + (k + 0.5) * scale, length);
      if (this.counts[k] === 0) continue;
      this.first = Math.min(this.first, this.starts[k]!);
      this.last = Math.max(this.last, this.starts[k]! + this.counts[k]!);
    }
    if (this.last === 0) this.first = 0;
  }

  /** Each pixel by the part of [from, to) that it covers. */
  #average(k: number, from: number, to: number, length: number): void {
    const start = Math.max(0, Math.floor(from));
    const end = Math.min(length, Math.ceil(to));
    this.starts[k] = start;
    this.counts[k] = Math.max(0, end - start);
    for (let pixel = start; pixel < end; pixel++) {
      const covered = Math.min(to, pixel + 1) - Math.max(from, pixel);
      this.weights[k * this.stride + pixel - start] = covered / (to - from);
    }
  }

  /** The two nearest pixels; at the border the outermost one alone. */
  #interpolate(k: number, center: number, length: number): void {
    const inside = center >= 0 && center < length;
    const start = Math.min(Math.max(0, Math.floor(center - 0.5)), length - 1);
    const count = Math.min(2, length - start);
    const part = count === 2 ? Math.max(0, center - 0.5 - start) : 0;
    this.starts[k] = start;
    this.counts[k] = inside ? count : 0;
    this.weights[k * this.stride] = inside ? 1 - part : 0;
    this.weights[k * this.stride + 1] = inside ? part : 0;
  }
}
