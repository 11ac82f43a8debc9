import { describe } from "@jest/globals";
import { elements } from "../../graph/elements.ts";
import { apply, applyMany, float, type Attributes, type Input, type Value } from "../../graph/expression.ts";
import { numbers } from "../../graph/literals.ts";
import { checkDifferences, type Slope } from "../oracle/check-differences.ts";
import { checkRules, type Story } from "../oracle/check-rules.ts";

const operator =
  (opType: string, attributes: Attributes = {}) =>
  (...inputs: Input[]): Value =>
    apply(opType, inputs, attributes);

const batchStatistics =
  (momentum: number) =>
  (...inputs: Input[]): Value => {
    const statistics = [numbers(inputs[0]!.type!, [2], [0, 0]), numbers(inputs[0]!.type!, [2], [1, 1])];
    const attributes = { epsilon: float(1e-2), momentum: float(momentum), training_mode: 1 };
    return applyMany("BatchNormalization", [...inputs, ...statistics], attributes, 3)[0]!;
  };

const wide = { epsilon: float(1e-2) };

const stories: readonly Story[] = [
  { name: "BatchNormalization with running statistics", of: operator("BatchNormalization", wide) },
  { name: "BatchNormalization of rows", of: operator("BatchNormalization") },
  { name: "BatchNormalization with batch statistics", of: batchStatistics(0.9) },
  { name: "BatchNormalization that gives the moments of the batch", of: batchStatistics(0) },
  { name: "InstanceNormalization", of: operator("InstanceNormalization", wide), float32Only: true },
  { name: "InstanceNormalization of one dimension", of: operator("InstanceNormalization"), float32Only: true },
  { name: "LayerNormalization over the last axis", of: operator("LayerNormalization") },
  {
    name: "LayerNormalization over two axes without a shift",
    of: operator("LayerNormalization", { ...wide, axis: 1 }),
  },
  {
    name: "GroupNormalization",
    of: operator("GroupNormalization", { num_groups: 2 }),
    opset: 21,
    float32Only: true,
  },
  {
    name: "GroupNormalization of opset 18",
    of: operator("GroupNormalization", { num_groups: 2 }),
    float32Only: true,
  },
  { name: "LpNormalization by L2", of: operator("LpNormalization") },
  { name: "LpNormalization by L1", of: operator("LpNormalization", { p: 1, axis: 1 }) },
  { name: "RMSNormalization", of: operator("RMSNormalization"), opset: 23, float32Only: true },
];

const cos = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => 2 * Math.cos(1 + 2.4 * index));

const slopes: readonly Slope[] = [
  {
    name: "GroupNormalization of pictures of any size",
    at: {
      x: { dims: [2, 4, 3, 2], values: cos(48), declared: ["N", 4, "H", "W"] },
      scale: { dims: [4], values: [1, 2, -1, 0.5] },
      shift: { dims: [4], values: [0, 1, 0.5, -1] },
    },
    of: (x, scale, shift) =>
      apply("GroupNormalization", [x, scale, shift], { num_groups: 2, stash_type: elements.float64.code }),
    opset: 21,
  },
];

describe("normalizations of sizes that are only known when they run", () => checkDifferences(slopes));
describe("normalizations", () => checkRules("normalizations", stories));
