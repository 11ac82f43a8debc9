import { apply, type Value } from "../../graph/expression.ts";
import { reshape, slice, transpose } from "../../graph/operators.ts";
import { exact, type Rules } from "../rule.ts";
import type { Site } from "../site.ts";
import { geometryOf, type Geometry } from "./windows.ts";

/** Convolutions of one to three dimensions. */
export const convolutions: Rules = {
  Conv: exact((site, x, weight) => {
    const geometry = (): Geometry => geometryOf(site, x, site.sizesOf(weight).slice(2));
    return [
      () => inputGradient(site, x, weight, geometry()),
      () => weightGradient(site, x, geometry()),
      () => site.sum(site.dy, [0, ...site.spatialAxes(x)], false),
    ];
  }),
};

/** The transposed convolution of dY; what the stride never reached is cut or filled to the input's size. */
function inputGradient(site: Site, x: Value, weight: Value, geometry: Geometry): Value {
  const { strides, dilations, pads, kernel } = geometry;
  const sizes = site.dimsOf(x).slice(2);
  const known = sizes.every((size) => typeof size === "number");
  const rest = sizes.map((size, axis) =>
    typeof size === "number"
      ? (size + pads[axis]! + pads[axis + sizes.length]! - dilations[axis]! * (kernel[axis]! - 1) - 1) % strides[axis]!
      : strides[axis]! - 1,
  );
  const attributes = { strides, dilations, pads, kernel_shape: kernel, group: site.int("group", 1) };
  const gradient = apply("ConvTranspose", [site.dy, weight], { ...attributes, output_padding: rest });
  if (known || strides.every((stride) => stride === 1)) return gradient;
  const axes = site.spatialAxes(x);
  const ends = slice(site.shapeOf(x), { axes: [0], starts: [2], ends: [axes.length + 2] });
  return slice(gradient, { axes, starts: axes.map(() => 0), ends });
}

/**
 * The convolution of x with dY, batch and channels swapped and strides with dilations. Groups become batches of
 * channels: [C/g, g N, ...] with g groups.
 */
function weightGradient(site: Site, x: Value, geometry: Geometry): Value {
  const { strides, dilations, pads, kernel } = geometry;
  const group = site.int("group", 1);
  const axes = site.spatialAxes(x);
  const swap = [1, 0, ...axes];
  const kernels = transpose(site.dy, swap);
  const gradient = apply("Conv", [group === 1 ? transpose(x, swap) : byGroup(site, x, group), kernels], {
    strides: dilations,
    dilations: strides,
    pads,
    group,
  });
  const cut = slice(gradient, { axes, starts: axes.map(() => 0), ends: kernel });
  return transpose(isExact(site, x, geometry) ? gradient : cut, swap);
}

/** Channels of each group as images, batches as channels. */
function byGroup(site: Site, x: Value, group: number): Value {
  const [channels, ...sizes] = site.sizesOf(x, 1);
  const axes = site.spatialAxes(x).map((axis) => axis + 1);
  const grouped = transpose(reshape(x, [-1, group, channels! / group, ...sizes]), [2, 1, 0, ...axes]);
  return reshape(grouped, [channels! / group, -1, ...sizes]);
}

/** Whether the convolution that gives the weight gradient gives exactly the kernel. */
function isExact(site: Site, x: Value, { strides, dilations, pads, kernel }: Geometry): boolean {
  return site
    .dimsOf(x)
    .slice(2)
    .every((size, axis) => {
      if (typeof size !== "number") return false;
      const span = size + pads[axis]! + pads[axis + kernel.length]! - dilations[axis]! * (kernel[axis]! - 1) - 1;
      return span % strides[axis]! < dilations[axis]!;
    });
}
