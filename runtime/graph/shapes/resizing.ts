import type { Dim } from "../type.ts";
import { tensorOf, type Node, type RuleTable } from "./node.ts";

/** Rules of operators that sample images anew. */

/** The axes that an attribute names; all when it does not. */
function axesOf(node: Node, rank: number): readonly number[] {
  return node.axes(node.ints("axes", [...Array(rank).keys()]), rank);
}

/** By sizes (the last input) or by scales; `axes` says of which axes. */
function resized(node: Node, scalesAt: number, sizesAt: number): readonly Dim[] | undefined {
  const dims = node.dims(0);
  if (dims === undefined) return undefined;
  const axes = axesOf(node, dims.length);
  const sizes = node.has(sizesAt) ? node.values(sizesAt)?.elements : undefined;
  const known = sizes !== undefined && sizes.length > 0;
  const scales = known ? undefined : node.numbers(scalesAt);
  const list = known ? sizes : scales;
  if (list === undefined || list.length === 0)
    return dims.map((size, axis) => (axes.includes(axis) ? node.fresh() : size));
  if (list.length !== axes.length)
    return node.fail(
      `${list.length} ${known ? "sizes" : "scales"} are given for ${axes.length} axes of ${node.describe(0)}`,
    );
  const policy = known ? node.text("keep_aspect_ratio_policy", "stretch") : "stretch";
  // Over axes counted from the end ONNX Runtime keeps other proportions than onnx.
  if (policy !== "stretch" && node.ints("axes", []).some((axis) => axis < 0))
    return dims.map((size, axis) => (axes.includes(axis) ? node.fresh() : size));
  if (policy !== "stretch") return proportional(node, dims, axes, sizes!, policy);
  return dims.map((size, axis) => {
    const place = axes.indexOf(axis);
    if (place < 0) return size;
    return node.named(known ? sizes[place] : scaled(node, size, scales![place]!));
  });
}

/** One scale for all axes: the smallest or the largest that a size asks for. */
function proportional(
  node: Node,
  dims: readonly Dim[],
  axes: readonly number[],
  sizes: readonly (Dim | undefined)[],
  policy: string,
): readonly Dim[] {
  const scales = axes.map((axis, place) => Math.fround(Number(sizes[place]) / Number(dims[axis])));
  const scale = policy === "not_larger" ? Math.min(...scales) : Math.max(...scales);
  const known = scales.every(Number.isFinite);
  return dims.map((size, axis) => {
    if (!axes.includes(axis)) return size;
    return known ? Math.floor(Math.fround(scale * Number(size)) + 0.5) : node.fresh();
  });
}

/** In float32, as ONNX Runtime does: 10 by 0.7 is 7 there, and 6 in double precision. */
function scaled(node: Node, size: Dim, scale: number): Dim | undefined {
  if (typeof size === "number") return Math.floor(Math.fround(size * scale));
  if (Number.isInteger(scale)) return node.sizes.multiply(size, scale);
  const inverse = 1 / scale;
  return Number.isInteger(inverse) ? node.sizes.floorDivide(size, inverse) : undefined;
}

/** Images [N, C, ...] at the points of a grid [N, ..., 2 or 3]. */
function sampled(node: Node): readonly Dim[] | undefined {
  const image = node.ranked(0, { least: 3 });
  const grid = image === undefined ? undefined : node.ranked(1, image.length);
  if (image === undefined || grid === undefined) return undefined;
  node.same(grid.at(-1)!, image.length - 2, () => `the coordinates of ${node.describe(1)}`);
  const batch = node.same(image[0]!, grid[0]!, () => `the batches of ${node.describe(0)} and ${node.describe(1)}`);
  return [batch, image[1]!, ...grid.slice(1, -1)];
}

/** Regions of images: [regions, C, height, width]. */
function regions(node: Node, height: number, width: number): readonly Dim[] | undefined {
  const image = node.ranked(0, 4);
  const boxes = node.ranked(1, 2);
  return image && [boxes?.[0] ?? node.fresh(), image[1]!, height, width];
}

/** A grid of the size [N, C, (D,) H, W] that is an input. */
function grid(node: Node): readonly Dim[] | undefined {
  const size = node.values(1)?.elements;
  if (size === undefined) return undefined;
  if (size.length !== 4 && size.length !== 5)
    return node.fail(`the size has ${size.length} numbers and must have 4 or 5`);
  return [size[0], ...size.slice(2)].map((each) => node.named(each)).concat(size.length - 2);
}

/** Sizes of some axes given by an input. */
function cropped(node: Node): readonly Dim[] | undefined {
  const dims = node.dims(0);
  if (dims === undefined) return undefined;
  const axes = axesOf(node, dims.length);
  const sizes = node.values(1)?.elements;
  return dims.map((size, axis) => {
    const place = axes.indexOf(axis);
    return place < 0 ? size : node.named(sizes?.[place]);
  });
}

/** Columns [N, C * block, places] back to an image [N, C, ...]. */
function assembled(node: Node): readonly Dim[] | undefined {
  const [columns, image, block] = [node.ranked(0, 3), node.values(1)?.elements, node.numbers(2)];
  if (columns === undefined || image === undefined) return undefined;
  const channels =
    block === undefined
      ? undefined
      : node.sizes.divide(
          columns[1]!,
          block.reduce((product, size) => product * size, 1),
        );
  return [columns[0]!, node.named(channels), ...image.map((size) => node.named(size))];
}

export const resizing: RuleTable = {
  Resize: {
    types: (node) => [tensorOf(node.element(0), node.opset < 11 ? resized(node, 1, 3) : resized(node, 2, 3))],
  },
  Upsample: { types: (node) => [tensorOf(node.element(0), resized(node, 1, 3))] },
  GridSample: { types: (node) => [tensorOf(node.element(0), sampled(node))] },
  AffineGrid: { types: (node) => [tensorOf(node.element(0), grid(node))] },
  RoiAlign: {
    types: (node) => [
      tensorOf(node.element(0), regions(node, node.int("output_height", 1), node.int("output_width", 1))),
    ],
  },
  MaxRoiPool: {
    types: (node) => {
      const [height, width] = node.ints("pooled_shape", []);
      if (height === undefined || width === undefined) return node.fail("pooled_shape must have two sizes");
      return [tensorOf(node.element(0), regions(node, height, width))];
    },
  },
  CenterCropPad: { types: (node) => [tensorOf(node.element(0), cropped(node))] },
  Col2Im: { types: (node) => [tensorOf(node.element(0), assembled(node))] },
};
