import { apply, type Value } from "../../graph/expression.ts";
import { integers, number } from "../../graph/literals.ts";
import { concat, reshape, split, transpose } from "../../graph/operators.ts";
import type { Site } from "../site.ts";
import { offsetsOf, type Geometry } from "./windows.ts";

/** A spatial axis: every `stride`-th pixel makes a phase of `length` pixels, with a rest beyond the image's size. */
interface Axis {
  readonly stride: number;
  readonly size: number;
  readonly length: number;
  readonly places: number;
}

/** What an offset of the window sees: place i along each axis sees pixel i + shift of a phase. */
interface Sight {
  readonly phase: number;
  readonly shifts: readonly number[];
}

/** Values of the original graph, [N, C, ...sizes]: what a window moves over, and what each place of it gives. */
interface Moved {
  readonly image: Value;
  readonly places: Value;
  /** Where planes are [N, ...sizes, channels]: how many there are. */
  readonly channels?: number;
}

/**
 * An image as windows of stride s see it, channel by channel: along each axis its s phases, which are every s-th pixel.
 * What one offset of the window sees at all places is a run of one phase, so whole rows are copied to get it and to put
 * its gradient back, where a Slice with steps and a ConvTranspose of one channel go pixel by pixel. Planes are
 * [N * C, ...sizes], or [N, ...sizes, C] where channels are given. Sizes must be known.
 */
export class Phases {
  readonly #site: Site;
  readonly #axes: readonly Axis[];
  readonly #sights: readonly Sight[];
  /** The sizes behind the spatial ones. */
  readonly #last: readonly number[];

  constructor(site: Site, geometry: Geometry, { image, places, channels }: Moved) {
    const counts = site.sizesOf(places, 2);
    this.#site = site;
    this.#axes = site.sizesOf(image, 2).map((size, axis) => {
      const stride = geometry.strides[axis]!;
      return { stride, size, length: Math.ceil(size / stride), places: counts[axis]! };
    });
    this.#last = channels === undefined ? [] : [channels];
    this.#sights = offsetsOf(geometry.kernel).map((offset) => this.#sight(geometry, offset));
  }

  /** For each offset of the window, in row-major order, the pixels that its places see, and `border` beyond the image. */
  pixels(image: Value, border: number): readonly Value[] {
    const planes = reshape(image, [-1, ...this.#axes.map(({ size }) => size), ...this.#last]);
    const whole = this.#padded(
      planes,
      { ends: this.#axes.map(({ stride, length, size }) => stride * length - size) },
      border,
    );
    const phases = this.#axes.reduceRight<readonly Value[]>(
      (parts, { stride }, axis) => parts.flatMap((part) => this.#apart(part, stride, this.#behind(axis))),
      [whole],
    );
    return this.#sights.map(({ phase, shifts }) => {
      const starts = shifts.map((shift) => -shift);
      const ends = this.#axes.map(({ places, length }, axis) => shifts[axis]! + places - length);
      return this.#padded(reshape(phases[phase]!, [-1, ...this.#lengths, ...this.#last]), { starts, ends }, border);
    });
  }

  /** The transpose of that: what each offset has for its places, added up at the pixels that they see. */
  image(parts: readonly Value[]): Value {
    const phases: Value[][] = Array.from(
      { length: this.#axes.reduce((count, { stride }) => count * stride, 1) },
      () => [],
    );
    for (const [index, { phase, shifts }] of this.#sights.entries()) {
      const ends = this.#axes.map(({ places, length }, axis) => length - places - shifts[axis]!);
      phases[phase]!.push(this.#padded(parts[index]!, { starts: shifts, ends }, 0));
    }
    const merged = this.#axes.reduce<readonly Value[]>(
      (all, { stride }, axis) => this.#together(all, stride, this.#behind(axis)),
      phases.map((terms) => this.#sum(terms, parts[0]!)),
    );
    const planes = reshape(merged[0]!, [-1, ...this.#axes.map(({ stride, length }) => stride * length), ...this.#last]);
    return this.#padded(planes, { ends: this.#axes.map(({ stride, length, size }) => size - stride * length) }, 0);
  }

  /** Phases are numbered with the last axis first. */
  #sight({ dilations, pads }: Geometry, offset: readonly number[]): Sight {
    const pixels = offset.map((tap, axis) => tap * dilations[axis]! - pads[axis]!);
    const shifts = pixels.map((pixel, axis) => Math.floor(pixel / this.#axes[axis]!.stride));
    const phase = this.#axes.reduceRight(
      (index, { stride }, axis) => index * stride + pixels[axis]! - shifts[axis]! * stride,
      0,
    );
    return { phase, shifts };
  }

  get #lengths(): readonly number[] {
    return this.#axes.map(({ length }) => length);
  }

  /** How many elements of a phase lie between one step along an axis and the next. */
  #behind(axis: number): number {
    return [...this.#lengths.slice(axis + 1), ...this.#last].reduce((product, length) => product * length, 1);
  }

  /** Every `stride`-th run of `inner` elements. */
  #apart(values: Value, stride: number, inner: number): readonly Value[] {
    if (stride === 1) return [values];
    const [runs, axis] =
      inner === 1 ? [transpose(reshape(values, [-1, stride]), [1, 0]), 0] : [reshape(values, [-1, stride, inner]), 1];
    const ones = Array.from({ length: stride }, () => 1);
    return split(runs, ones, axis, stride, this.#site.opset);
  }

  /** The transpose of that, for each `stride` parts of all. */
  #together(all: readonly Value[], stride: number, inner: number): readonly Value[] {
    if (stride === 1) return all;
    return Array.from({ length: all.length / stride }, (_, index) => {
      const parts = all.slice(index * stride, (index + 1) * stride);
      return inner === 1
        ? transpose(
            concat(
              parts.map((part) => reshape(part, [1, -1])),
              0,
            ),
            [1, 0],
          )
        : concat(
            parts.map((part) => reshape(part, [-1, 1, inner])),
            1,
          );
    });
  }

  #sum(terms: readonly Value[], like: Value): Value {
    const [first, ...more] = terms;
    if (first === undefined) return this.#zeros(like);
    return more.length === 0 ? first : apply("Sum", terms);
  }

  /** A phase that no window sees: what is at the places cut away, and zeros put around nothing. */
  #zeros(like: Value): Value {
    return this.#padded(like, { starts: this.#axes.map(({ places }) => -places), ends: this.#lengths }, 0);
  }

  /** So many pixels more, or less, at the beginning and the end of each axis. */
  #padded(
    planes: Value,
    by: { readonly starts?: readonly number[]; readonly ends: readonly number[] },
    value: number,
  ): Value {
    const { starts = by.ends.map(() => 0), ends } = by;
    if ([...starts, ...ends].every((pad) => pad === 0)) return planes;
    const last = this.#last.map(() => 0);
    return apply("Pad", [
      planes,
      integers([0, ...starts, ...last, 0, ...ends, ...last]),
      number(this.#site.typeOf(this.#site.y), value),
    ]);
  }
}
