import { apply, type Value } from "../../graph/expression.ts";
import { reshape, slice, transpose } from "../../graph/operators.ts";
import { exact, type Rules } from "../rule.ts";
import type { Site } from "../site.ts";
import { extentOf, geometryOf, spread, type Geometry } from "./windows.ts";

/** Convolutions of one to three dimensions. */
export const convolutions: Rules = {
  Conv: exact((site, x, weight) => {
    const { dy, y } = site;
    const geometry = (): Geometry => geometryOf(site, x, site.sizesOf(weight, 2));
    const group = site.int("group", 1);
    return [
      () => spread(site, geometry(), { values: dy, weight, group, image: x, places: y }),
      () => weightGradient(site, geometry(), { image: x, imageType: x, places: dy }),
      () => site.sum(dy, [0, ...site.spatialAxes(x)], false),
    ];
  }),
  ConvTranspose: exact((site, x, weight) => {
    const geometry = (): Geometry => transposedGeometry(site, x, site.sizesOf(weight, 2));
    return [
      () => {
        const { kernel: kernel_shape, ...moves } = geometry();
        return apply("Conv", [site.dy, weight], { ...moves, kernel_shape, group: site.int("group", 1) });
      },
      () => weightGradient(site, geometry(), { image: site.dy, imageType: site.y, places: x }),
      () => site.sum(site.dy, [0, ...site.spatialAxes(x)], false),
    ];
  }),
};

/** The geometry of the convolution that a transposed convolution transposes: it moves over the output. */
function transposedGeometry(site: Site, x: Value, kernel: readonly number[]): Geometry {
  const ones = kernel.map(() => 1);
  const moves = { kernel, strides: site.ints("strides") ?? ones, dilations: site.ints("dilations") ?? ones };
  const automatic = site.string("auto_pad", "NOTSET");
  if (automatic === "NOTSET" && site.ints("output_shape") === undefined)
    return { ...moves, pads: site.ints("pads") ?? [...kernel, ...kernel].map(() => 0) };
  const beyond = site.ints("output_padding") ?? kernel.map(() => 0);
  const sizes = site.sizesOf(x, 2);
  const total = site.sizesOf(site.y, 2).map((size, axis) => {
    const full = moves.strides[axis]! * (sizes[axis]! - 1) + beyond[axis]! + extentOf(moves, axis);
    return Math.max(full - size, 0);
  });
  const less = total.map((pad) => Math.floor(pad / 2));
  const more = total.map((pad) => Math.ceil(pad / 2));
  return { ...moves, pads: automatic === "SAME_UPPER" ? [...less, ...more] : [...more, ...less] };
}

/** An image that a window moved over, and the gradient or value at each of its places. */
interface Moved {
  readonly image: Value;
  /** The value of the original graph that has the image's shape. */
  readonly imageType: Value;
  readonly places: Value;
}

/**
 * The convolution of the image with what came of it, batch and channels swapped and strides with dilations. Groups
 * become batches of channels: [C/g, g N, ...] with g groups.
 */
function weightGradient(site: Site, geometry: Geometry, { image, imageType, places }: Moved): Value {
  const { strides, dilations, pads, kernel } = geometry;
  const group = site.int("group", 1);
  const axes = site.spatialAxes(imageType);
  const swap = [1, 0, ...axes];
  const batches = group === 1 ? transpose(image, swap) : byGroup(site, image, imageType, group);
  const gradient = apply("Conv", [batches, transpose(places, swap)], {
    strides: dilations,
    dilations: strides,
    pads,
    group,
  });
  const kernels = isExact(site, geometry, imageType)
    ? gradient
    : slice(gradient, { axes, starts: axes.map(() => 0), ends: kernel });
  return transpose(kernels, swap);
}

/** Channels of each group as images, batches as channels. */
function byGroup(site: Site, image: Value, imageType: Value, group: number): Value {
  const [channels, ...sizes] = site.sizesOf(imageType, 1);
  const perGroup = channels! / group;
  const axes = site.spatialAxes(imageType).map((axis) => axis + 1);
  const grouped = transpose(reshape(image, [-1, group, perGroup, ...sizes]), [2, 1, 0, ...axes]);
  return reshape(grouped, [perGroup, -1, ...sizes]);
}

/** Whether the convolution that gives the weight gradient gives exactly the kernel. */
function isExact(site: Site, geometry: Geometry, imageType: Value): boolean {
  const { strides, dilations, pads, kernel } = geometry;
  return site
    .dimsOf(imageType)
    .slice(2)
    .every((size, axis) => {
      if (typeof size !== "number") return false;
      const span = size + pads[axis]! + pads[axis + kernel.length]! - extentOf(geometry, axis);
      return span % strides[axis]! < dilations[axis]!;
    });
}
