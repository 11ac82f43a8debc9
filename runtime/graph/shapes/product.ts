import type { ElementType } from "../elements.ts";
import type { Dim } from "../type.ts";
import { broadcast } from "./broadcast.ts";
import { tensorOf, type Node, type RuleTable } from "./node.ts";

/** Rules of matrix products. */

/** Matrices [..., rows, inner] by [..., inner, columns]; a vector is a row on the left and a column on the right. */
export function multiplied(node: Node, left: number, right: number): readonly Dim[] | undefined {
  const a = node.ranked(left, { least: 1 });
  const b = node.ranked(right, { least: 1 });
  if (a === undefined || b === undefined) return undefined;
  const inner = b.length === 1 ? b[0]! : b.at(-2)!;
  node.same(a.at(-1)!, inner, () => `the inner sizes of ${node.describe(left)} and ${node.describe(right)}`);
  const batch = broadcast(node, [a.slice(0, -2), b.slice(0, -2)]) ?? [];
  return [...batch, ...(a.length === 1 ? [] : [a.at(-2)!]), ...(b.length === 1 ? [] : [b.at(-1)!])];
}

function general(node: Node): readonly Dim[] | undefined {
  const a = node.ranked(0, 2);
  const b = node.ranked(1, 2);
  if (a === undefined || b === undefined) return undefined;
  const [rows, inner] = node.int("transA", 0) === 0 ? a : a.toReversed();
  const [other, columns] = node.int("transB", 0) === 0 ? b : b.toReversed();
  node.same(inner!, other!, () => `the inner sizes of ${node.describe(0)} and ${node.describe(1)}`);
  const dims = [rows!, columns!];
  const added = broadcast(node, [node.dims(2), dims]);
  if (
    added !== undefined &&
    (added.length > 2 ||
      added.some((size, axis) => typeof dims[axis] === "number" && typeof size === "number" && size !== dims[axis]))
  )
    node.fail(`${node.describe(2)} does not broadcast to [${dims.join(", ")}]`);
  return dims;
}

const product = (left: number, right: number, type: (node: Node) => ElementType | undefined): RuleTable[string] => ({
  types: (node) => [tensorOf(type(node), multiplied(node, left, right))],
});

export const products: RuleTable = {
  MatMul: product(0, 1, (node) => node.element(0) ?? node.element(1)),
  MatMulInteger: product(0, 1, () => "int32"),
  QLinearMatMul: product(0, 3, (node) => node.element(7)),
  Gemm: { types: (node) => [tensorOf(node.element(0), general(node))] },
};
