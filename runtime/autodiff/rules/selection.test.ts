import { describe } from "@jest/globals";
import { apply, type Attributes, type Input, type Value } from "../../graph/expression.ts";
import { integer, integers, numbers } from "../../graph/literals.ts";
import { add, cast, gather, shapeOf, slice, subtract, where } from "../../graph/operators.ts";
import { checkDifferences, type Slope } from "../oracle/check-differences.ts";
import { checkRules, type Story } from "../oracle/check-rules.ts";

const int64 = (dims: readonly number[], ...values: number[]): Value => numbers("int64", dims, values);

/** Indices that no one knows before the graph runs, from an input. */
const computed = (x: Input, ...indices: number[]): Value => {
  const zero = cast(subtract(x, x), "int64");
  const first = apply("ReduceMax", [apply("Reshape", [zero, integers([-1])])], { keepdims: 0 });
  return apply("Add", [integers(indices), first]);
};

const scatter =
  (opType: string, indices: Value, attributes: Attributes) =>
  (x: Input, updates: Input): Value =>
    apply(opType, [x, indices, updates], attributes);

const stories: readonly Story[] = [
  { name: "Where broadcasts", of: (a, b) => where(numbers("bool", [2, 1], [1, 0]), a, b) },
  { name: "Slice", of: (x) => slice(x, { axes: [0, 2], starts: [1, 2], ends: [3, 9] }) },
  { name: "Slice counted from the end", of: (x) => slice(x, { axes: [-1], starts: [-3], ends: [-1] }) },
  { name: "Slice with steps", of: (x) => slice(x, { axes: [1, 2], starts: [1, 0], ends: [5, 4], steps: [2, 3] }) },
  { name: "Slice backwards", of: (x) => slice(x, { axes: [1], starts: [-2], ends: [-99], steps: [-2] }) },
  { name: "Gather of one index drops the axis", of: (x) => gather(x, integer(1), 1) },
  { name: "Gather of the last", of: (x) => gather(x, integer(-1), 1) },
  { name: "Gather of distinct indices", of: (x) => gather(x, integers([2, 0]), 1) },
  { name: "Gather of repeated indices", of: (x) => gather(x, integers([1, 1, 0, -1]), 0) },
  { name: "Gather by a matrix of indices", of: (x) => gather(x, int64([2, 2], 0, 2, 2, 1), 1) },
  { name: "Gather by indices that the graph computes", of: (x) => gather(x, computed(x, 1, 1, 0), 0) },
  { name: "Gather from a long table", of: (x) => gather(x, computed(x, 1, 1027, 1, 3), 0) },
  {
    name: "GatherElements of one for each row",
    of: (x) => apply("GatherElements", [x, int64([2, 1], -1, 0)], { axis: 1 }),
  },
  {
    name: "GatherElements of several",
    of: (x) => apply("GatherElements", [x, int64([2, 2], 2, 2, 0, 1)], { axis: 1 }),
  },
  { name: "GatherElements from some rows", of: (x) => apply("GatherElements", [x, int64([1, 1], 2)], { axis: 1 }) },
  { name: "GatherND", of: (x) => apply("GatherND", [x, int64([3, 2], 0, 2, 1, 0, 1, 0)]) },
  { name: "ScatterElements overwrites", of: scatter("ScatterElements", int64([2, 1], 2, 0), { axis: 1 }) },
  {
    name: "ScatterElements adds",
    of: scatter("ScatterElements", int64([2, 2], 1, 1, 0, 2), { axis: 1, reduction: "add" }),
  },
  { name: "ScatterND overwrites", of: scatter("ScatterND", int64([2, 1], 2, 0), {}) },
  { name: "ScatterND adds", of: scatter("ScatterND", int64([2, 1], 1, 1), { reduction: "add" }) },
];

const rows = { dims: [2, 3], values: [1, -2, 0.5, 3, -1, 2], declared: ["N", 3] };

const slopes: readonly Slope[] = [
  {
    name: "Slice from more rows before the end than a batch of unknown size has",
    at: { x: rows },
    of: (x) => slice(x, { axes: [0], starts: [-3], ends: [100] }),
  },
  {
    name: "Slice from some rows before the end of a batch of unknown size",
    at: { x: rows },
    of: (x) => slice(x, { axes: [0], starts: [-1], ends: [100] }),
  },
  {
    name: "Slice up to where the graph computes",
    at: { x: { dims: [2, 4], values: [1, -2, 0.5, 3, -1, 2, 0, 4] }, like: { ...rows, declared: ["N", "M"] } },
    of: (x, like) => add(slice(x, { axes: [0, 1], starts: [0, 0], ends: shapeOf(like) }), like),
  },
];

describe("selection", () => {
  checkRules("selection", stories);
  checkDifferences(slopes);
});
