import { apply, type Constant, type Value } from "../../graph/expression.ts";
import { integers, number, numbers } from "../../graph/literals.ts";
import { and, cast, concat, divide, equal, multiply, not, reshape, slice, where } from "../../graph/operators.ts";
import { exact, type Rules } from "../rule.ts";
import type { Site } from "../site.ts";
import { geometryOf, offsetsOf, spread, type Geometry } from "./windows.ts";

/** Pooling. Spatial sizes must be known, except for global pooling. */
export const pooling: Rules = {
  MaxPool: exact((site, x) => [() => maxPoolGradient(site, x)]),
  AveragePool: exact((site, x) => [() => averagePoolGradient(site, x)]),
  GlobalAveragePool: exact((site, x) => [
    () => site.expandLike(divide(site.dy, site.countOf(x, site.spatialAxes(x))), x),
  ]),
  GlobalMaxPool: exact((site, x) => [
    () => {
      const taken = cast(equal(x, site.y), site.typeOf(x));
      return multiply(taken, divide(site.dy, site.sum(taken, site.spatialAxes(x))));
    },
  ]),
};

const poolGeometry = (site: Site, x: Value): Geometry =>
  geometryOf(site, x, site.ints("kernel_shape") ?? site.fail("it has no kernel_shape"));

/** Adds values of [N, C, ...places], or for each offset of the window [N, C, offsets, ...places], back to the image. */
function spreadPerChannel(site: Site, geometry: Geometry, x: Value, values: Value, weight: Constant): Value {
  const offsets = weight.tensor.dims[0]!;
  const planes = reshape(values, [-1, offsets, ...site.sizesOf(site.y, 2)]);
  return site.reshapeLike(spread(site, geometry, { values: planes, weight, image: x, places: site.y }), x);
}

/** Each place gives its gradient to the first of its pixels that is the largest. */
function maxPoolGradient(site: Site, x: Value): Value {
  const geometry = poolGeometry(site, x);
  const padded = withBorder(site, x, geometry);
  const offsets = offsetsOf(geometry.kernel);
  const zero = site.number(0);
  let free: Value | undefined;
  const shares = offsets.map((offset) => {
    const largest = equal(pixelsAt(site, padded, geometry, offset), site.y);
    const first = free === undefined ? largest : and(largest, free);
    free = free === undefined ? not(largest) : and(free, not(largest));
    return site.unsqueeze(where(first, site.dy, zero), [2]);
  });
  const unit = offsets.flatMap((_, row) => offsets.map((_, column) => Number(row === column)));
  const weight = numbers(site.typeOf(x), [offsets.length, 1, ...geometry.kernel], unit);
  return spreadPerChannel(site, geometry, x, concat(shares, 2), weight);
}

/** The image with a border that is never the largest, as far as its windows reach. */
function withBorder(site: Site, x: Value, geometry: Geometry): Value {
  const { kernel, strides, dilations, pads } = geometry;
  const sizes = site.sizesOf(x, 2);
  const ends = site.sizesOf(site.y, 2).map((places, axis) => {
    const reach = (places - 1) * strides[axis]! + dilations[axis]! * (kernel[axis]! - 1) + 1;
    return Math.max(reach - pads[axis]! - sizes[axis]!, 0);
  });
  const starts = pads.slice(0, kernel.length);
  if ([...starts, ...ends].every((pad) => pad === 0)) return x;
  return apply("Pad", [x, integers([0, 0, ...starts, 0, 0, ...ends]), number(site.typeOf(x), -Infinity)]);
}

/** Every place's pixel at one offset of its window. */
function pixelsAt(site: Site, padded: Value, { strides, dilations }: Geometry, offset: readonly number[]): Value {
  const axes = offset.map((_, axis) => axis + 2);
  const starts = offset.map((place, axis) => place * dilations[axis]!);
  const ends = site.sizesOf(site.y, 2).map((places, axis) => starts[axis]! + (places - 1) * strides[axis]! + 1);
  return slice(padded, { axes, starts, ends, steps: strides });
}

/** Each place gives every pixel that its mean was of the same part. */
function averagePoolGradient(site: Site, x: Value): Value {
  const geometry = poolGeometry(site, x);
  const counts = geometry.kernel.map((_, axis) => countsAlong(site, x, geometry, axis));
  const type = site.typeOf(x);
  const shape = [1, 1, ...geometry.kernel];
  const size = geometry.kernel.reduce((product, side) => product * side, 1);
  const whole = counts.every((along, axis) => along.every((count) => count === geometry.kernel[axis]));
  const ones = numbers(type, shape, Array<number>(size).fill(whole ? 1 / size : 1));
  if (whole) return spreadPerChannel(site, geometry, x, site.dy, ones);
  const perPlace = counts.reduce((outer, along) => outer.flatMap((a) => along.map((b) => a * b)), [1]);
  const count = numbers(
    type,
    counts.map((along) => along.length),
    perPlace,
  );
  return spreadPerChannel(site, geometry, x, divide(site.dy, count), ones);
}

/** How many pixels the mean is of, for each place along an axis: those of the image, or of its border too. */
function countsAlong(site: Site, x: Value, geometry: Geometry, axis: number): readonly number[] {
  const size = site.sizesOf(x, 2)[axis]!;
  const { kernel, strides, dilations, pads } = geometry;
  const borderCounts = site.int("count_include_pad", 0) === 1;
  const [low, high] = borderCounts ? [-pads[axis]!, size + pads[axis + kernel.length]!] : [0, size];
  return Array.from({ length: site.sizesOf(site.y, 2)[axis]! }, (_, place) => {
    const start = place * strides[axis]! - pads[axis]!;
    const taps = Array.from({ length: kernel[axis]! }, (_, tap) => start + tap * dilations[axis]!);
    return taps.filter((pixel) => pixel >= low && pixel < high).length;
  });
}
