import { describe } from "@jest/globals";
import { apply, type Attributes, type Input, type Value } from "../../graph/expression.ts";
import { integer, integers, number } from "../../graph/literals.ts";
import {
  add,
  cast,
  concat,
  expand,
  multiply,
  reduce,
  reshape,
  split,
  squeeze,
  transpose,
  unsqueeze,
} from "../../graph/operators.ts";
import type { Fed } from "../oracle/evaluate.ts";
import { checkDifferences, type Slope } from "../oracle/check-differences.ts";
import { checkRules, type Story } from "../oracle/check-rules.ts";

const operator =
  (opType: string, attributes: Attributes = {}) =>
  (...inputs: Input[]): Value =>
    apply(opType, inputs, attributes);

const stories: readonly Story[] = [
  { name: "Reshape", of: (x) => reshape(x, [3, -1]) },
  { name: "Flatten", of: operator("Flatten") },
  { name: "Transpose by a permutation", of: (x) => transpose(x, [2, 0, 1]) },
  { name: "Transpose reverses", of: operator("Transpose") },
  { name: "Squeeze", of: (x) => squeeze(x, [1], 18) },
  { name: "Unsqueeze", of: (x) => unsqueeze(x, [1, 3], 12), opset: 12 },
  { name: "Identity", of: operator("Identity") },
  { name: "Dropout outside of training", of: operator("Dropout") },
  { name: "Cast there and back", of: (x) => cast(cast(x, "float64"), x.type!) },
  { name: "Cast to integers is flat", of: (x) => multiply(x, cast(cast(x, "int64"), x.type!)) },
  { name: "Expand along axes and to more of them", of: (x) => expand(x, [2, 3, 4]) },
  { name: "Tile", of: (x) => apply("Tile", [x, integers([2, 1, 3])]) },
  { name: "Concat", of: (...inputs) => concat(inputs, 1) },
  { name: "Concat of a value with itself, from the end", of: (a) => concat([a, a], -1) },
  {
    name: "Split into equal parts",
    of: (x) => {
      const [first, second] = split(x, [2, 2], 1, 2, 18);
      return multiply(first!, second!);
    },
  },
  {
    name: "Split of which one part is not used",
    of: (x) => multiply(split(x, [1, 2, 3], 0, 3, 18)[1]!, number(x.type!, 2)),
  },
  {
    name: "Split by an attribute",
    of: (x) => {
      const [first, rest] = split(x, [1, 2], 0, 2, 12);
      return add(first!, reduce("Sum", rest!, { opset: 12 }));
    },
    opset: 12,
  },
  { name: "DepthToSpace by depth, column, row", of: operator("DepthToSpace", { blocksize: 2 }) },
  { name: "DepthToSpace by column, row, depth", of: operator("DepthToSpace", { blocksize: 2, mode: "CRD" }) },
  { name: "SpaceToDepth", of: operator("SpaceToDepth", { blocksize: 2 }) },
  { name: "Trilu above the diagonal", of: (x) => apply("Trilu", [x, integer(1)]) },
  { name: "Trilu below the diagonal", of: operator("Trilu", { upper: 0 }) },
];

const scalar = (value: number): Fed => ({ dims: [], values: [value] });

const slopes: readonly Slope[] = [
  {
    name: "Range from a number by a stride that are wanted",
    at: { start: scalar(0.5), delta: scalar(1.5) },
    of: (start, delta) => apply("Range", [start, number(start.type!, 9), delta]),
  },
  {
    name: "OneHot of values that are wanted",
    at: { values: { dims: [2], values: [-0.5, 2] } },
    of: (values) => apply("OneHot", [integers([2, 0, -1]), integer(3), values]),
    linear: true,
  },
  {
    name: "OneHot along the first axis",
    at: { values: { dims: [2], values: [-0.5, 2] }, x: { dims: [3, 2], values: [1, 2, 3, 4, 5, 6] } },
    of: (values, x) => add(apply("OneHot", [integers([2, 2]), integer(3), values], { axis: 0 }), x),
    linear: true,
  },
  {
    name: "A value beside noise of its shape",
    at: { x: { dims: [3], values: [1, 2, 3] } },
    of: (x) => add(x, multiply(apply("RandomNormalLike", [x]), number(x.type!, 0))),
  },
];

describe("shapes", () => {
  checkRules("shapes", stories);
  checkDifferences(slopes);
});
