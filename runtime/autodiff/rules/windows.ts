import { apply, type Value } from "../../graph/expression.ts";
import { slice, transpose } from "../../graph/operators.ts";
import type { Site } from "../site.ts";

/** How a window of a convolution or a pooling moves over an image; one entry for each spatial axis, `pads` two. */
export interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** All beginnings, then all ends. */
  readonly pads: readonly number[];
}

/** The geometry of an application over `x`, with `auto_pad` made explicit. */
export function geometryOf(site: Site, x: Value, kernel: readonly number[]): Geometry {
  const ones = kernel.map(() => 1);
  const strides = site.ints("strides") ?? ones;
  const dilations = site.ints("dilations") ?? ones;
  return { kernel, strides, dilations, pads: padsOf(site, x, { kernel, strides, dilations }) };
}

/** The pixels from the first to behind the last that a window covers. */
export const extentOf = ({ kernel, dilations }: Pick<Geometry, "kernel" | "dilations">, axis: number): number =>
  dilations[axis]! * (kernel[axis]! - 1) + 1;

/** All offsets within a window, in row-major order. */
export function offsetsOf(kernel: readonly number[]): readonly (readonly number[])[] {
  return kernel.reduce<readonly (readonly number[])[]>(
    (offsets, size) => offsets.flatMap((offset) => Array.from({ length: size }, (_, place) => [...offset, place])),
    [[]],
  );
}

function padsOf(site: Site, x: Value, windows: Omit<Geometry, "pads">): readonly number[] {
  const automatic = site.string("auto_pad", "NOTSET");
  const none = [...windows.kernel, ...windows.kernel].map(() => 0);
  if (automatic === "NOTSET") return site.ints("pads") ?? none;
  if (automatic === "VALID") return none;
  const missing = site.sizesOf(x, 2).map((size, axis) => {
    const stride = windows.strides[axis]!;
    return Math.max((Math.ceil(size / stride) - 1) * stride + extentOf(windows, axis) - size, 0);
  });
  const less = missing.map((pad) => Math.floor(pad / 2));
  const more = missing.map((pad) => Math.ceil(pad / 2));
  return automatic === "SAME_UPPER" ? [...less, ...more] : [...more, ...less];
}

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
export function spread(site: Site, geometry: Geometry, { values, weight, group = 1, image, places }: Spreading): Value {
  const { strides, dilations, kernel } = geometry;
  const sizes = site.dimsOf(image).slice(2);
  const counts = site.dimsOf(places).slice(2);
  const attributes = { strides, dilations, kernel_shape: kernel, group };
  const known = [...sizes, ...counts].every((size) => typeof size === "number");
  if (known) {
    const edges = sizes.map((size, axis) => edgeOf(geometry, axis, Number(size), Number(counts[axis])));
    const pads = [...geometry.pads.slice(0, kernel.length), ...edges.map((edge) => Math.max(edge, 0))];
    const output_padding = edges.map((edge) => Math.max(-edge, 0));
    const around = pads.map((pad, place) => extentOf(geometry, place % kernel.length) - 1 - pad);
    const isDense = group === 1 && strides.every((stride) => stride === 1) && edges.every((edge) => edge >= 0);
    if (isDense && around.every((pad) => pad >= 0)) return spreadByConvolution(geometry, values, weight, around);
    return apply("ConvTranspose", [values, weight], { ...attributes, pads, output_padding });
  }
  const gradient = apply("ConvTranspose", [values, weight], {
    ...attributes,
    pads: geometry.pads,
    output_padding: strides.map((stride) => stride - 1),
  });
  return strides.every((stride) => stride === 1) ? gradient : cutTo(site, gradient, image);
}

/**
 * With stride 1 the same is a convolution with the window turned around, over values with `pads` around them; ONNX
 * Runtime computes it faster than ConvTranspose.
 */
function spreadByConvolution(
  { kernel, strides, dilations }: Geometry,
  values: Value,
  weight: Value,
  pads: readonly number[],
): Value {
  const swapped = transpose(weight, [1, 0, ...kernel.map((_, axis) => axis + 2)]);
  const turned = kernel.every((size) => size === 1) ? swapped : turn(swapped, kernel.length);
  return apply("Conv", [values, turned], { strides, dilations, kernel_shape: kernel, pads });
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
