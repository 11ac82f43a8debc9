import type { ElementType } from "../elements.ts";
import type { Dim } from "../type.ts";
import { broadcast } from "./broadcast.ts";
import { shapeText, tensorOf, type Node, type RuleTable } from "./node.ts";

/** Rules of matrix products. */

/** Matrices [..., rows, inner] by [..., inner, columns]; a vector is a row on the left and a column on the right. */
export function multiplied(
  node: Node,
  left: number,
  right: number,
  swapped: { readonly left: boolean; readonly right: boolean } = { left: false, right: false },
): readonly Dim[] | undefined {
  const a = matrix(node.ranked(left, { least: 1 }), swapped.left);
  const b = matrix(node.ranked(right, { least: 1 }), swapped.right);
  if (a === undefined || b === undefined) return undefined;
  const inner = b.length === 1 ? b[0]! : b.at(-2)!;
  node.same(a.at(-1)!, inner, () => `the inner sizes of ${node.describe(left)} and ${node.describe(right)}`);
  const batch = broadcast(node, [a.slice(0, -2), b.slice(0, -2)]) ?? [];
  return [...batch, ...(a.length === 1 ? [] : [a.at(-2)!]), ...(b.length === 1 ? [] : [b.at(-1)!])];
}

/** A matrix, or several, with rows and columns in the other order if so wished. */
const matrix = (dims: readonly Dim[] | undefined, swapped: boolean): readonly Dim[] | undefined =>
  swapped && dims !== undefined && dims.length > 1 ? [...dims.slice(0, -2), dims.at(-1)!, dims.at(-2)!] : dims;

/** Matrices by transA and transB; what is added, the input after them for the operator Gemm, must broadcast. */
export function general(node: Node, left: number, right: number): readonly Dim[] | undefined {
  const a = matrix(node.ranked(left, 2), node.int("transA", 0) !== 0);
  const b = matrix(node.ranked(right, 2), node.int("transB", 0) !== 0);
  if (a === undefined || b === undefined) return undefined;
  node.same(a[1]!, b[0]!, () => `the inner sizes of ${node.describe(left)} and ${node.describe(right)}`);
  return [a[0]!, b[1]!];
}

/** What Gemm adds must broadcast to the product as it is. */
function checkAddend(node: Node, product: readonly Dim[] | undefined): void {
  const addend = node.dims(2);
  if (product === undefined || addend === undefined) return;
  const fits =
    addend.length <= 2 &&
    addend.every((size, axis) => {
      const wide = product[axis + 2 - addend.length];
      return typeof size !== "number" || typeof wide !== "number" || size === 1 || size === wide;
    });
  if (!fits) node.fail(`${node.describe(2)} does not broadcast to ${shapeText(product)}`);
}

const product = (left: number, right: number, type: (node: Node) => ElementType | undefined): RuleTable[string] => ({
  types: (node) => [tensorOf(type(node), multiplied(node, left, right))],
});

export const products: RuleTable = {
  MatMul: product(0, 1, (node) => node.element(0) ?? node.element(1)),
  MatMulInteger: product(0, 1, () => "int32"),
  QLinearMatMul: product(0, 3, (node) => node.element(7)),
  Gemm: {
    types: (node) => {
      const dims = general(node, 0, 1);
      checkAddend(node, dims);
      return [tensorOf(node.element(0), dims)];
    },
  },
};
