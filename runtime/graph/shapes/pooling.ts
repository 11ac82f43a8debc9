import type { Dim } from "../type.ts";
import { tensorOf, type Node, type RuleTable, type TypeRule } from "./node.ts";
import { placesOf, windowsOf } from "./windows.ts";

/** Rules of pools. Tensors are [N, channels, spatial axes...]. */

/** The shape of x after windows of kernel_shape. */
export function pooled(node: Node): readonly Dim[] | undefined {
  const dims = node.ranked(0, { least: 3 });
  if (dims === undefined) return undefined;
  const kernel = node.ints("kernel_shape");
  if (kernel === undefined) return node.fail("kernel_shape is missing");
  if (kernel.length !== dims.length - 2)
    return node.fail(`kernel_shape [${kernel.join(", ")}] does not suit ${node.describe(0)}`);
  return [dims[0]!, dims[1]!, ...placesOf(node, dims.slice(2), windowsOf(node, kernel, { pool: true }))];
}

const pool: TypeRule = (node) => [tensorOf(node.element(0), pooled(node))];

const global: TypeRule = (node) => {
  const dims = node.ranked(0, { least: 2 });
  return [
    tensorOf(
      node.element(0),
      dims?.map((size, axis) => (axis < 2 ? size : 1)),
    ),
  ];
};

export const pooling: RuleTable = {
  AveragePool: { types: pool },
  LpPool: { types: pool },
  MaxPool: {
    types: (node) => {
      const dims = pooled(node);
      return [tensorOf(node.element(0), dims), tensorOf("int64", dims)];
    },
  },
  GlobalAveragePool: { types: global },
  GlobalLpPool: { types: global },
  GlobalMaxPool: { types: global },
};
