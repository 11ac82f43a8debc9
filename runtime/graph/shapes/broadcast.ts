import type { Dim } from "../type.ts";
import { shapeText, type Node } from "./node.ts";

/**
 * The shape that shapes have together: aligned at the last axis, where a size is 1 it is repeated.
 * Source: https://github.com/onnx/onnx/blob/main/docs/Broadcasting.md
 * @throws {GraphError} where two sizes differ and neither is 1.
 */
export function broadcast(node: Node, shapes: readonly (readonly Dim[] | undefined)[]): readonly Dim[] | undefined {
  let result: readonly Dim[] | undefined;
  for (const dims of shapes) {
    if (dims === undefined) return undefined;
    result = result === undefined ? dims : pair(node, result, dims);
  }
  return result;
}

function pair(node: Node, a: readonly Dim[], b: readonly Dim[]): readonly Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    if (typeof left === "number" && typeof right === "number")
      return node.fail(`${shapeText(a)} and ${shapeText(b)} do not broadcast: ${left} is not ${right}`);
    // A name beside a number above 1 is that number or 1; beside another name it can be either.
    if (typeof left === "number") return left;
    return typeof right === "number" ? right : node.fresh();
  });
}

/** The common shape of all inputs from `first` to before `last`. */
export const broadcastInputs = (node: Node, first = 0, last = node.inputs): readonly Dim[] | undefined =>
  broadcast(
    node,
    Array.from({ length: last - first }, (_, place) => node.dims(first + place)),
  );
