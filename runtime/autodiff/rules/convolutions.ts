import { apply, type Value } from "../../graph/expression.ts";
import { integers } from "../../graph/literals.ts";
import { concat, matMul, multiply, reshape, slice, transpose } from "../../graph/operators.ts";
import { exact, type Rules } from "../rule.ts";
import type { Site } from "../site.ts";
import { Phases } from "./phases.ts";
import { spread } from "./spreading.ts";
import { extentOf, fewestChannels, geometryOf, offsetsOf, type Geometry } from "./windows.ts";

/** Convolutions of one to three dimensions. */
export const convolutions: Rules = {
  Conv: exact((site, x, weight) => {
    const { dy, y } = site;
    const geometry = (): Geometry => geometryOf(site, x, site.sizesOf(weight, 2));
    const group = site.int("group", 1);
    return [
      () => spread(site, geometry(), { values: dy, weight, group, image: x, places: y }),
      () => weightGradient(site, geometry(), { image: x, imageType: x, places: dy, placesType: y }),
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
      () => weightGradient(site, geometry(), { image: site.dy, imageType: site.y, places: x, placesType: x }),
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

/** An image that a window moved over, and what there is for each of its places: one a value, one its gradient. */
interface Moved {
  readonly image: Value;
  readonly places: Value;
  /** The values of the original graph that have their shapes. */
  readonly imageType: Value;
  readonly placesType: Value;
}

function weightGradient(site: Site, geometry: Geometry, moved: Moved): Value {
  const image = site.dimsOf(moved.imageType).slice(1);
  const places = site.dimsOf(moved.placesType).slice(1);
  const group = site.int("group", 1);
  if (![...image, ...places].every((size) => typeof size === "number"))
    return weightGradientByConvolution(site, geometry, moved);
  if (group === image[0] && group === places[0]) return weightGradientOfPlanes(site, geometry, moved);
  return group === 1 && Number(image[0]) >= fewestChannels
    ? weightGradientByProducts(site, geometry, moved)
    : weightGradientByConvolution(site, geometry, moved);
}

/** Depthwise: for each offset of the window the sum over the places of what they have times the pixel they saw. */
function weightGradientOfPlanes(site: Site, geometry: Geometry, { image, imageType, ...moved }: Moved): Value {
  const sizes = site.sizesOf(moved.placesType, 1);
  const phases = new Phases(site, geometry, { image: imageType, places: moved.placesType });
  const sums = phases.pixels(image, 0).map((pixels) => {
    const products = multiply(reshape(pixels, [-1, ...sizes]), moved.places);
    return site.unsqueeze(site.sum(products, [0, ...site.spatialAxes(imageType)], false), [1]);
  });
  return reshape(concat(sums, 1), [sizes[0]!, 1, ...geometry.kernel]);
}

/** For each offset of the window the product of the places with the pixels that they saw there. */
function weightGradientByProducts(site: Site, geometry: Geometry, moved: Moved): Value {
  const { kernel, strides } = geometry;
  const [channels] = site.sizesOf(moved.imageType, 1);
  const [filters, ...counts] = site.sizesOf(moved.placesType, 1);
  const axes = kernel.map((_, axis) => axis + 1);
  const last = transpose(withBorder(geometry, moved), [0, ...axes.map((axis) => axis + 1), 1]);
  const pixels = offsetsOf(kernel).map((offset) => {
    const starts = offset.map((place, axis) => place * geometry.dilations[axis]!);
    const ends = counts.map((count, axis) => starts[axis]! + (count - 1) * strides[axis]! + 1);
    return slice(last, { axes, starts, ends, steps: strides });
  });
  const places = reshape(transpose(moved.places, [1, 0, ...axes.map((axis) => axis + 1)]), [filters!, -1]);
  const parts = pixels.map((at) => site.unsqueeze(matMul(places, reshape(at, [-1, channels!])), [2]));
  return reshape(concat(parts, 2), [filters!, channels!, ...kernel]);
}

/** The image with zeros around it, as far as the windows reach. */
function withBorder({ kernel, pads }: Geometry, { image }: Moved): Value {
  if (pads.every((pad) => pad === 0)) return image;
  const [starts, ends] = [pads.slice(0, kernel.length), pads.slice(kernel.length)];
  return apply("Pad", [image, integers([0, 0, ...starts, 0, 0, ...ends])]);
}

/**
 * The convolution of the image with what there is for its places, batch and channels swapped and strides with
 * dilations. Groups become batches of channels: [C/g, g N, ...] with g groups.
 */
function weightGradientByConvolution(site: Site, geometry: Geometry, { image, imageType, places }: Moved): Value {
  const { strides, dilations, kernel } = geometry;
  const group = site.int("group", 1);
  const axes = site.spatialAxes(imageType);
  const swap = [1, 0, ...axes];
  const batches = group === 1 ? transpose(image, swap) : byGroup(site, image, imageType, group);
  const { pads, isExact } = borderSeen(site, geometry, imageType);
  const gradient = apply("Conv", [batches, transpose(places, swap)], {
    strides: dilations,
    dilations: strides,
    pads,
    group,
  });
  const kernels = isExact ? gradient : slice(gradient, { axes, starts: axes.map(() => 0), ends: kernel });
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

/**
 * The border without what no window reaches at its end, and whether the convolution that gives the weight gradient then
 * gives the kernel alone: what the windows leave of the image itself makes it larger.
 */
function borderSeen(
  site: Site,
  geometry: Geometry,
  image: Value,
): { readonly pads: readonly number[]; readonly isExact: boolean } {
  const { strides, dilations, pads, kernel } = geometry;
  const sizes = site.dimsOf(image).slice(2);
  if (!sizes.every((size) => typeof size === "number")) return { pads, isExact: false };
  const ends = pads.slice(kernel.length);
  const rests = sizes.map((size, axis) => {
    const span = size + pads[axis]! + ends[axis]! - extentOf(geometry, axis);
    return span % strides[axis]!;
  });
  return {
    pads: [...pads.slice(0, kernel.length), ...ends.map((end, axis) => Math.max(end - rests[axis]!, 0))],
    isExact: rests.every((rest, axis) => Math.max(rest - ends[axis]!, 0) < dilations[axis]!),
  };
}
