import type { Dim } from "../type.ts";
import { tensorOf, type Node, type RuleTable } from "./node.ts";
import { extentOf, placesOf, windowsOf, type Windows } from "./windows.ts";

/** Rules of convolutions. Tensors are [N, channels, spatial axes...]. */

/** The shape of x convolved with weights [out, in / groups, kernel...]. */
export function convolved(node: Node, x: number, weight: number): readonly Dim[] | undefined {
  const image = node.ranked(x, { least: 3 });
  const filters = node.dims(weight);
  if (image === undefined) return undefined;
  if (filters !== undefined && filters.length !== image.length)
    return node.fail(`${node.describe(weight)} has ${filters.length} axes and ${node.describe(x)} ${image.length}`);
  const kernel = node.ints("kernel_shape") ?? filters?.slice(2);
  if (kernel === undefined) return [image[0]!, node.fresh(), ...image.slice(2).map(() => node.fresh())];
  if (filters !== undefined) checkChannels(node, { x, weight, channels: image[1]!, filters });
  if (kernel.length !== image.length - 2)
    return node.fail(`kernel_shape [${kernel.join(", ")}] does not suit ${node.describe(x)}`);
  filters
    ?.slice(2)
    .forEach((size, axis) => node.same(size, kernel[axis]!, () => `kernel_shape and ${node.describe(weight)}`));
  const spatial = placesOf(node, image.slice(2), windowsOf(node, kernel));
  return [image[0]!, filters?.[0] ?? node.fresh(), ...spatial];
}

function checkChannels(node: Node, at: { x: number; weight: number; channels: Dim; filters: readonly Dim[] }): void {
  const groups = groupsOf(node);
  const [filters, each] = at.filters as [Dim, Dim];
  if (typeof each === "number" && typeof at.channels === "number" && each * groups !== at.channels)
    node.fail(
      `${node.describe(at.weight)} takes ${each} channels in ${groups} group${groups === 1 ? "" : "s"}, and ` +
        `${node.describe(at.x)} has ${at.channels}`,
    );
  if (typeof filters === "number" && filters % groups !== 0)
    node.fail(`${node.describe(at.weight)} has ${filters} filters, which ${groups} groups do not divide`);
}

function groupsOf(node: Node): number {
  const groups = node.int("group", 1);
  return groups >= 1 ? groups : node.fail(`group ${groups} must be at least 1`);
}

function checkBias(node: Node, bias: number, filters: Dim | undefined): void {
  const dims = node.has(bias) ? node.ranked(bias, 1) : undefined;
  if (dims !== undefined && filters !== undefined)
    node.same(dims[0]!, filters, () => `${node.describe(bias)} and the filters`);
}

/** The shape of x spread by weights [in, out / groups, kernel...]. */
function spread(node: Node): readonly Dim[] | undefined {
  const image = node.ranked(0, { least: 3 });
  if (image === undefined) return undefined;
  const filters = node.ranked(1, image.length);
  const kernel = node.ints("kernel_shape") ?? filters?.slice(2);
  const channels = filters === undefined ? undefined : node.sizes.multiply(filters[1]!, groupsOf(node));
  if (filters !== undefined)
    node.same(filters[0]!, image[1]!, () => `${node.describe(1)} and the channels of ${node.describe(0)}`);
  const given = node.ints("output_shape");
  const spatial = image.slice(2);
  if (given !== undefined) return [image[0]!, node.named(channels), ...given.slice(-spatial.length)];
  if (kernel?.length !== spatial.length) return [image[0]!, node.named(channels), ...spatial.map(() => node.fresh())];
  const windows = windowsOf(node, kernel);
  return [
    image[0]!,
    node.named(channels),
    ...spatial.map((size, axis) => node.named(extended(node, size, axis, windows))),
  ];
}

/** stride (size - 1) + extent + output padding - pads; automatic pads leave at most stride times the size. */
function extended(node: Node, size: Dim, axis: number, windows: Windows): Dim | undefined {
  const { sizes } = node;
  const stride = windows.strides[axis]!;
  const extent = extentOf(node, windows, axis);
  const steps = sizes.multiply(size, stride);
  const rest = (node.ints("output_padding")?.[axis] ?? 0) - stride;
  if (windows.autoPad.startsWith("SAME")) {
    if (steps === undefined || typeof extent !== "number") return undefined;
    return sizes.add(steps, Math.min(extent + rest, 0));
  }
  const pads = (windows.pads?.[axis] ?? 0) + (windows.pads?.[axis + windows.kernel.length] ?? 0);
  const whole = steps === undefined || extent === undefined ? undefined : sizes.add(steps, extent);
  return whole === undefined ? undefined : sizes.add(whole, rest - pads);
}

export const convolution: RuleTable = {
  Conv: {
    types: (node) => {
      const dims = convolved(node, 0, 1);
      checkBias(node, 2, dims?.[1]);
      return [tensorOf(node.element(0), dims)];
    },
  },
  ConvTranspose: {
    types: (node) => {
      const dims = spread(node);
      checkBias(node, 2, dims?.[1]);
      return [tensorOf(node.element(0), dims)];
    },
  },
  DeformConv: { types: (node) => [tensorOf(node.element(0), convolved(node, 0, 1))] },
  ConvInteger: { types: (node) => [tensorOf("int32", convolved(node, 0, 1))] },
  QLinearConv: { types: (node) => [tensorOf(node.element(7), convolved(node, 0, 3))] },
};
