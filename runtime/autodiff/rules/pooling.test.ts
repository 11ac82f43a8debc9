import { describe } from "@jest/globals";
import { apply, type Attributes, type Input, type Value } from "../../graph/expression.ts";
import { checkDifferences, type Slope } from "../oracle/check-differences.ts";
import { checkRules, type Story } from "../oracle/check-rules.ts";

const operator =
  (opType: string) =>
  (attributes: Attributes = {}) =>
  (x: Input): Value =>
    apply(opType, [x], attributes);

const maxPool = operator("MaxPool");
const averagePool = operator("AveragePool");
const overlapping = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
const twoByTwo = { kernel_shape: [2, 2], strides: [2, 2] };

const stories: readonly Story[] = [
  { name: "GlobalAveragePool", of: operator("GlobalAveragePool")() },
  { name: "GlobalMaxPool", of: operator("GlobalMaxPool")() },
  { name: "MaxPool", of: maxPool(twoByTwo) },
  { name: "MaxPool that overlaps, with a border", of: maxPool(overlapping) },
  { name: "MaxPool with dilations", of: maxPool({ kernel_shape: [2, 2], dilations: [2, 1] }) },
  { name: "MaxPool that rounds up", of: maxPool({ ...twoByTwo, ceil_mode: 1 }) },
  { name: "MaxPool of one dimension", of: maxPool({ kernel_shape: [3], strides: [2] }) },
  { name: "MaxPool of three dimensions", of: maxPool({ kernel_shape: [2, 2, 2] }) },
  {
    name: "MaxPool of zeros at the border gives the first of them all",
    of: maxPool({ ...twoByTwo, pads: [1, 1, 1, 1] }),
    kink: true,
  },
  {
    name: "MaxPool whose window is larger than the image",
    of: maxPool({ kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
  },
  { name: "MaxPool that leaves pixels out", of: maxPool({ kernel_shape: [1, 2], strides: [3, 3] }) },
  { name: "MaxPool with SAME_UPPER", of: maxPool({ ...twoByTwo, auto_pad: "SAME_UPPER" }) },
  { name: "AveragePool", of: averagePool(twoByTwo) },
  { name: "AveragePool that leaves a rest", of: averagePool({ kernel_shape: [2, 3], strides: [3, 3] }) },
  { name: "AveragePool without its border", of: averagePool(overlapping) },
  { name: "AveragePool with its border", of: averagePool({ ...overlapping, count_include_pad: 1 }) },
  { name: "AveragePool that rounds up", of: averagePool({ ...twoByTwo, ceil_mode: 1 }) },
  { name: "AveragePool of one dimension", of: averagePool({ kernel_shape: [3], strides: [2] }) },
  { name: "AveragePool of three dimensions", of: averagePool({ kernel_shape: [2, 2, 2] }) },
];

const pictures = { dims: [1, 2, 2, 2], values: [1, -2, 0.5, 3, -1, 2, 0, 4] };

const slopes: readonly Slope[] = [
  { opset: 19, declared: [1, 2, 2, 2] },
  { opset: 19, declared: ["N", 2, 2, 2] },
  { opset: 22, declared: [1, 2, 2, 2] },
].map(({ opset, declared }) => ({
  name: `MaxPool (opset ${opset}) of [${declared.join(", ")}] that rounds up to a window that would begin in the border`,
  at: { x: { ...pictures, declared } },
  of: maxPool({ kernel_shape: [2, 2], strides: [3, 3], pads: [1, 1, 1, 1], ceil_mode: 1 }),
  opset,
}));

describe("pooling", () => {
  checkRules(
    "pooling",
    stories.map((story) => ({ ...story, float32Only: true })),
  );
  checkDifferences(slopes);
});
