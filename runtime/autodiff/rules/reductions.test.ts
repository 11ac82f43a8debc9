import { describe } from "@jest/globals";
import { reduce } from "../../graph/operators.ts";
import { checkRules } from "../oracle/check-rules.ts";

describe("reductions", () =>
  checkRules("reductions", [
    { name: "ReduceSum of all", of: (x) => reduce("Sum", x, { opset: 18 }) },
    { name: "ReduceSum keeps axes", of: (x) => reduce("Sum", x, { axes: [0, 2], keep: true, opset: 18 }) },
    { name: "ReduceSum drops axes", of: (x) => reduce("Sum", x, { axes: [2, 0], opset: 18 }) },
    { name: "ReduceMean drops axes", of: (x) => reduce("Mean", x, { axes: [1, 2], opset: 11 }), opset: 11 },
    { name: "ReduceMean keeps axes", of: (x) => reduce("Mean", x, { axes: [-1], keep: true, opset: 18 }) },
  ]));
