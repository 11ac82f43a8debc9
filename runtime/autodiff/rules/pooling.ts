import type { Value } from "../../graph/expression.ts";
import { numbers } from "../../graph/literals.ts";
import { and, cast, divide, equal, multiply, not, reshape } from "../../graph/operators.ts";
import { exact, type Rules } from "../rule.ts";
import type { Site } from "../site.ts";
import { Phases } from "./phases.ts";
import { geometryOf, offsetsOf, type Geometry } from "./windows.ts";

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

/**
 * What there is for each place, channel by channel; their number is written down where it is known: before opset 22 onnx
 * counts a window that would begin in the border, though there is none, and would infer another number.
 */
function planesOf(site: Site, values: Value): Value {
  const [batch, channels] = site.dimsOf(site.y);
  const planes = typeof batch === "number" && typeof channels === "number" ? batch * channels : -1;
  return reshape(values, [planes, ...site.sizesOf(site.y, 2)]);
}

/** Each place gives its gradient to the first of its pixels that is the largest. */
function maxPoolGradient(site: Site, x: Value): Value {
  const phases = new Phases(site, poolGeometry(site, x), { image: x, places: site.y });
  const [y, dy] = [planesOf(site, site.y), planesOf(site, site.dy)];
  let free: Value | undefined;
  const shares = phases.pixels(x, -Infinity).map((pixels) => {
    const largest = equal(pixels, y);
    const first = free === undefined ? largest : and(largest, free);
    free = free === undefined ? not(largest) : and(free, not(largest));
    return multiply(dy, cast(first, site.typeOf(x)));
  });
  return site.reshapeLike(phases.image(shares), x);
}

/** Each place gives every pixel that its mean was of the same part. */
function averagePoolGradient(site: Site, x: Value): Value {
  const geometry = poolGeometry(site, x);
  const counts = geometry.kernel.map((_, axis) => countsAlong(site, x, geometry, axis));
  const perPlace = counts.reduce((outer, along) => outer.flatMap((a) => along.map((b) => a * b)), [1]);
  const count = perPlace.every((pixels) => pixels === perPlace[0])
    ? site.number(perPlace[0]!)
    : numbers(
        site.typeOf(x),
        counts.map((along) => along.length),
        perPlace,
      );
  const share = divide(planesOf(site, site.dy), count);
  const phases = new Phases(site, geometry, { image: x, places: site.y });
  return site.reshapeLike(phases.image(offsetsOf(geometry.kernel).map(() => share)), x);
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
