import type { Dim } from "../type.ts";
import { tensorOf, type Node, type RuleTable } from "./node.ts";

/** Rules of operators that sample images anew. */

/** By sizes (the last input) or by scales; `axes` says of which axes. */
function resized(node: Node, scalesAt: number, sizesAt: number): readonly Dim[] | undefined {
  const dims = node.dims(0);
  if (dims === undefined) return undefined;
  const axes = node.axes(
    node.ints(
      "axes",
      dims.map((_, axis) => axis),
    ),
    dims.length,
  );
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
  if (known && node.text("keep_aspect_ratio_policy", "stretch") !== "stretch")
    return dims.map((size, axis) => (axes.includes(axis) ? node.fresh() : size));
  return dims.map((size, axis) => {
    const place = axes.indexOf(axis);
    if (place < 0) return size;
    return node.named(known ? sizes[place] : scaled(node, size, scales![place]!));
  });
}

function scaled(node: Node, size: Dim, scale: number): Dim | undefined {
  if (typeof size === "number") return Math.floor(size * scale);
  if (Number.isInteger(scale)) return node.sizes.multiply(size, scale);
  const inverse = 1 / scale;
  return Number.isInteger(inverse) ? node.sizes.floorDivide(size, inverse) : undefined;
}

export const resizing: RuleTable = {
  Resize: {
    types: (node) => [tensorOf(node.element(0), node.opset < 11 ? resized(node, 1, 3) : resized(node, 2, 3))],
  },
  Upsample: { types: (node) => [tensorOf(node.element(0), resized(node, 1, 3))] },
};
