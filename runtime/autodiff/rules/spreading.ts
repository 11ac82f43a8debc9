import { apply, type Value } from "../../graph/expression.ts";
import { matMul, reshape, slice, split, transpose } from "../../graph/operators.ts";
import type { Site } from "../site.ts";
import { Phases } from "./phases.ts";
import { extentOf, fewestChannels, offsetsOf, type Geometry } from "./windows.ts";

/** What is spread: values for each place of the window, and the weights with which it adds them to the image. */
interface Spreading {
  readonly values: Value;
  readonly weight: Value;
  readonly group?: number;
  /** The sizes of the image that the window moved over, and how many places it had. */
  readonly image: Value;
  readonly places: Value;
}

/** Adds each place's values back to the pixels that its window covered: the transpose of moving a window. */
export function spread(site: Site, geometry: Geometry, spreading: Spreading): Value {
  const [sizes, counts] = [spreading.image, spreading.places].map((value) => site.dimsOf(value).slice(2));
  if (![...sizes!, ...counts!].every((size) => typeof size === "number"))
    return spreadAndCut(site, geometry, spreading);
  if (suitProducts(site, geometry, spreading)) return spreadByProducts(site, geometry, spreading);
  const { values, weight, group = 1 } = spreading;
  const { kernel, strides, dilations } = geometry;
  const edges = sizes!.map((size, axis) => edgeOf(geometry, axis, Number(size), Number(counts![axis])));
  const pads = [...geometry.pads.slice(0, kernel.length), ...edges.map((edge) => Math.max(edge, 0))];
  const output_padding = edges.map((edge) => Math.max(-edge, 0));
  const around = pads.map((pad, place) => extentOf(geometry, place % kernel.length) - 1 - pad);
  const isDense = strides.every((stride) => stride === 1) && edges.every((edge) => edge >= 0);
  if (isDense && around.every((pad) => pad >= 0)) return spreadByConvolution(site, geometry, spreading, around);
  return apply("ConvTranspose", [values, weight], {
    ...{ strides, dilations, kernel_shape: kernel, group },
    ...{ pads, output_padding },
  });
}

/** The same where sizes are only known when the graph runs: to the largest size that there can be. */
function spreadAndCut(site: Site, geometry: Geometry, { values, weight, group = 1, image }: Spreading): Value {
  const { kernel, strides, dilations, pads } = geometry;
  const gradient = apply("ConvTranspose", [values, weight], {
    ...{ strides, dilations, kernel_shape: kernel, group, pads },
    output_padding: strides.map((stride) => stride - 1),
  });
  return strides.every((stride) => stride === 1) ? gradient : cutTo(site, gradient, image);
}

/** Up to so many places ONNX Runtime's convolutions, which go image by image, multiply narrow matrices. */
const fewPlaces = 64;

function suitProducts(site: Site, { kernel }: Geometry, { group = 1, image, places }: Spreading): boolean {
  const [filters, ...counts] = site.dimsOf(places).slice(1).map(Number);
  const isWide = [filters!, Number(site.dimsOf(image)[1])].every((channels) => channels >= fewestChannels);
  const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);
  return group === 1 && isWide && product(kernel) > 1 && product(counts) <= fewPlaces;
}

/**
 * Each offset of the window by itself: what all places of all images have for it is one product. Channels come last
 * meanwhile.
 */
function spreadByProducts(site: Site, geometry: Geometry, { values, weight, image, places }: Spreading): Value {
  const [filters, ...counts] = site.sizesOf(places, 1);
  const [channels] = site.sizesOf(image, 1);
  const axes = counts.map((_, axis) => axis + 2);
  const offsets = offsetsOf(geometry.kernel).map(() => 1);
  const byOffset = transpose(reshape(weight, [-1, offsets.length]), [1, 0]);
  const rows = reshape(transpose(values, [0, ...axes, 1]), [-1, filters!]);
  const parts = split(byOffset, offsets, 0, offsets.length, site.opset).map((matrix) =>
    reshape(matMul(rows, reshape(matrix, [filters!, channels!])), [-1, ...counts, channels!]),
  );
  const last = new Phases(site, geometry, { image, places, channels: channels! }).image(parts);
  return transpose(last, [0, axes.length + 1, ...counts.map((_, axis) => axis + 1)]);
}

/**
 * With stride 1 the same is a convolution with the window turned around, over values with `pads` around them; ONNX
 * Runtime computes it faster than ConvTranspose.
 */
function spreadByConvolution(
  site: Site,
  { kernel, strides, dilations }: Geometry,
  { values, weight, group = 1 }: Spreading,
  pads: readonly number[],
): Value {
  const [filters, channels] = site.sizesOf(weight);
  const perGroup = filters! / group;
  const grouped = reshape(weight, [group, perGroup, channels!, ...kernel]);
  const swapped = transpose(grouped, [0, 2, 1, ...kernel.map((_, axis) => axis + 3)]);
  const kernels = reshape(swapped, [group * channels!, perGroup, ...kernel]);
  const turned = kernel.every((size) => size === 1) ? kernels : turn(kernels, kernel.length);
  return apply("Conv", [values, turned], { strides, dilations, kernel_shape: kernel, group, pads });
}

/** The last `count` axes of a kernel backwards; it has two axes more. */
function turn(weight: Value, count: number): Value {
  const axes = Array.from({ length: count }, (_, axis) => axis + 2);
  const backwards = axes.map(() => -1);
  return slice(weight, { axes, starts: backwards, ends: axes.map(() => -(2 ** 31)), steps: backwards });
}

/** How far the last window reaches over the end of the image; negative is how far it stays away. */
function edgeOf(geometry: Geometry, axis: number, size: number, places: number): number {
  return (places - 1) * geometry.strides[axis]! + extentOf(geometry, axis) - geometry.pads[axis]! - size;
}

/** The beginning of an image, as large as another one. */
function cutTo(site: Site, image: Value, like: Value): Value {
  const axes = site.spatialAxes(like);
  const ends = slice(site.shapeOf(like), { axes: [0], starts: [2], ends: [axes.length + 2] });
  return slice(image, { axes, starts: axes.map(() => 0), ends });
}
