import { describe } from "@jest/globals";
import { add, divide, exp, log, multiply, negate, sqrt, subtract } from "../../graph/operators.ts";
import { checkRules } from "../oracle/check-rules.ts";

describe("arithmetic", () =>
  checkRules("arithmetic", [
    { name: "Add of equal shapes", of: (a, b) => add(a, b) },
    { name: "Add broadcasts both ways", of: (a, b) => add(a, b) },
    { name: "Add of a scalar", of: (a, b) => add(a, b) },
    { name: "Sub broadcasts the first", of: (a, b) => subtract(a, b) },
    { name: "Mul broadcasts both ways", of: (a, b) => multiply(a, b) },
    { name: "Mul of a value by itself", of: (a) => multiply(a, a) },
    { name: "Div broadcasts the second", of: (a, b) => divide(a, b) },
    { name: "Neg", of: negate },
    { name: "Exp", of: exp },
    { name: "Log", of: log },
    { name: "Sqrt", of: sqrt },
  ]));
