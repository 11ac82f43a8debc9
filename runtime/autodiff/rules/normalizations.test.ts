import { describe } from "@jest/globals";
import { apply, applyMany, float, type Input, type Result } from "../../graph/expression.ts";
import { numbers } from "../../graph/literals.ts";
import { checkRules } from "../oracle/check-rules.ts";

const inference = (...inputs: Input[]): Result => apply("BatchNormalization", inputs, { epsilon: float(1e-2) });

function training(...inputs: Input[]): Result {
  const statistics = [numbers(inputs[0]!.type!, [2], [0, 0]), numbers(inputs[0]!.type!, [2], [1, 1])];
  const attributes = { epsilon: float(1e-2), training_mode: 1 };
  return applyMany("BatchNormalization", [...inputs, ...statistics], attributes, 3)[0]!;
}

describe("normalizations", () =>
  checkRules("normalizations", [
    { name: "BatchNormalization with running statistics", of: inference },
    { name: "BatchNormalization of rows", of: (...inputs) => apply("BatchNormalization", inputs) },
    { name: "BatchNormalization with batch statistics", of: training },
  ]));
