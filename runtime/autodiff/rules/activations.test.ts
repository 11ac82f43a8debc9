import { describe } from "@jest/globals";
import { apply, float, type Attributes, type Input, type Value } from "../../graph/expression.ts";
import { number } from "../../graph/literals.ts";
import { leakyRelu, relu, sigmoid } from "../../graph/operators.ts";
import { checkDifferences, type Slope } from "../oracle/check-differences.ts";
import { checkRules, type Story } from "../oracle/check-rules.ts";
import type { Fed } from "../oracle/evaluate.ts";

const operator =
  (opType: string, attributes: Attributes = {}) =>
  (...inputs: Input[]): Value =>
    apply(opType, inputs, attributes);

const between = (x: Input): Value => apply("Clip", [x, number(x.type!, -1), number(x.type!, 1)]);

const stories: readonly Story[] = [
  { name: "Relu", of: relu },
  { name: "Relu at zero has no slope", of: relu, kink: true },
  { name: "LeakyRelu", of: (x) => leakyRelu(x, 0.2), float32Only: true },
  { name: "PRelu with a slope for each channel", of: operator("PRelu") },
  { name: "PRelu with one slope", of: operator("PRelu") },
  { name: "ThresholdedRelu", of: operator("ThresholdedRelu", { alpha: float(0.5) }), float32Only: true },
  { name: "Elu", of: operator("Elu", { alpha: float(0.7) }), float32Only: true },
  { name: "Selu", of: operator("Selu"), float32Only: true },
  { name: "Celu", of: operator("Celu", { alpha: float(0.7) }), float32Only: true },
  { name: "Softplus", of: operator("Softplus"), float32Only: true },
  { name: "Softsign", of: operator("Softsign"), float32Only: true },
  { name: "Sigmoid", of: sigmoid },
  { name: "Tanh", of: operator("Tanh") },
  { name: "HardSigmoid", of: operator("HardSigmoid", { alpha: float(1 / 6) }), float32Only: true },
  { name: "HardSigmoid of its own slope", of: operator("HardSigmoid"), float32Only: true },
  { name: "HardSwish", of: operator("HardSwish"), float32Only: true },
  { name: "HardSwish where its pieces meet", of: operator("HardSwish"), kink: true },
  { name: "Mish", of: operator("Mish"), float32Only: true },
  { name: "Swish", of: operator("Swish", { alpha: float(1.5) }), opset: 24, float32Only: true },
  { name: "Gelu", of: operator("Gelu"), opset: 20, float32Only: true },
  { name: "Gelu by tanh", of: operator("Gelu", { approximate: "tanh" }), opset: 20, float32Only: true },
  { name: "Clip", of: between },
  { name: "Clip from below", of: (x) => apply("Clip", [x, number(x.type!, -1)]) },
  { name: "Clip at the bounds", of: between, kink: true },
  { name: "Clip by bounds that are wanted, too", of: operator("Clip") },
  { name: "Softmax over the last axis", of: operator("Softmax") },
  { name: "Softmax over an inner axis", of: operator("Softmax", { axis: 1 }) },
  { name: "Softmax of opset 11 over all axes from one on", of: operator("Softmax"), opset: 11 },
  { name: "LogSoftmax over the last axis", of: operator("LogSoftmax") },
];

const bound = (value: number): Fed => ({ dims: [], values: [value] });

const slopes: readonly Slope[] = [
  {
    name: "Clip by bounds that cross",
    at: { x: { dims: [4], values: [-2, -0.25, 0.25, 2] }, low: bound(1), high: bound(-1) },
    of: operator("Clip"),
  },
];

describe("activations", () => {
  checkRules("activations", stories);
  checkDifferences(slopes);
});
