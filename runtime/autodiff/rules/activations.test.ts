import { describe } from "@jest/globals";
import { apply } from "../../graph/expression.ts";
import { relu } from "../../graph/operators.ts";
import { checkRules } from "../oracle/check-rules.ts";

describe("activations", () =>
  checkRules("activations", [
    { name: "Relu", of: relu },
    { name: "Relu at zero has no slope", of: relu, kink: true },
    { name: "Softmax over the last axis", of: (x) => apply("Softmax", [x]) },
    { name: "Softmax over an inner axis", of: (x) => apply("Softmax", [x], { axis: 1 }) },
    { name: "Softmax of opset 11 over all axes from one on", of: (x) => apply("Softmax", [x]), opset: 11 },
    { name: "LogSoftmax over the last axis", of: (x) => apply("LogSoftmax", [x]) },
  ]));
