import { tensorOf, type Node, type RuleTable } from "./node.ts";
import type { Dim } from "../type.ts";
import { pick } from "./picking.ts";
import type { Values } from "./values.ts";

/** Rules of operators that take elements by index, and put them. */

/** Slices along an axis, in the shape of the indices. */
function gathered(node: Node): readonly Dim[] | undefined {
  const [dims, indices] = [node.ranked(0, { least: 1 }), node.dims(1)];
  if (dims === undefined || indices === undefined) return undefined;
  const axis = node.axis(node.int("axis", 0), dims.length);
  return [...dims.slice(0, axis), ...indices, ...dims.slice(axis + 1)];
}

function gatheredValues(node: Node): Values | undefined {
  const [values, indices] = [node.values(0), node.values(1)];
  if (values === undefined || indices === undefined || values.dims.length === 0) return undefined;
  const chosen = indices.elements;
  if (!chosen.every((index) => typeof index === "number")) return undefined;
  const axis = node.axis(node.int("axis", 0), values.dims.length);
  const size = values.dims[axis]!;
  const bad = chosen.find((index) => index < -size || index >= size);
  if (bad !== undefined) return node.fail(`index ${bad} is not among the ${size} of ${node.describe(0)}`);
  const [before, after] = [axis, axis + indices.dims.length];
  const dims = [...values.dims.slice(0, axis), ...indices.dims, ...values.dims.slice(axis + 1)];
  return pick(values, dims, (index) => {
    const place = index.slice(before, after).reduce((sum, at, own) => sum * indices.dims[own]! + at, 0);
    const at = chosen[place]!;
    return [...index.slice(0, before), at < 0 ? at + size : at, ...index.slice(after)];
  });
}

export const gathering: RuleTable = {
  Gather: { types: (node) => [tensorOf(node.element(0), gathered(node))], values: gatheredValues },
  GatherElements: {
    types: (node) => [tensorOf(node.element(0), node.dims(1))],
  },
};
