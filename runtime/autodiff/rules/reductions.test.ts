import { describe } from "@jest/globals";
import { apply, applyMany, type Attributes, type Input, type Value } from "../../graph/expression.ts";
import { integer, integers } from "../../graph/literals.ts";
import { reduce, type Reduction } from "../../graph/operators.ts";
import { checkRules, type Story } from "../oracle/check-rules.ts";

const over =
  (how: Reduction, axes?: readonly number[], keep = false, opset = 18) =>
  (x: Input): Value =>
    reduce(how, x, { ...(axes && { axes }), keep, opset });

const sumUp =
  (attributes: Attributes = {}) =>
  (x: Input): Value =>
    apply("CumSum", [x, integer(1)], attributes);

const stories: readonly Story[] = [
  { name: "ReduceSum of all", of: over("Sum") },
  { name: "ReduceSum keeps axes", of: over("Sum", [0, 2], true) },
  { name: "ReduceSum drops axes", of: over("Sum", [2, 0]) },
  {
    name: "ReduceSum over axes of its second input, none of them",
    of: (x) => apply("ReduceSum", [x, integers([])], { noop_with_empty_axes: 1 }),
  },
  { name: "ReduceMean drops axes", of: over("Mean", [1, 2], false, 11), opset: 11 },
  { name: "ReduceMean keeps axes", of: over("Mean", [-1], true) },
  { name: "ReduceSumSquare", of: over("SumSquare", [1]) },
  { name: "ReduceL1", of: over("L1", [1]), float32Only: true },
  { name: "ReduceL2", of: over("L2", [0], true), float32Only: true },
  { name: "ReduceLogSum", of: over("LogSum", [1]), float32Only: true },
  { name: "ReduceLogSumExp", of: over("LogSumExp", [0, 2]) },
  { name: "ReduceProd", of: over("Prod", [1]), float32Only: true },
  { name: "ReduceProd with zeros", of: over("Prod", [1]), float32Only: true },
  { name: "ReduceMax", of: over("Max", [1, 2]) },
  { name: "ReduceMin keeps axes", of: over("Min", [0], true) },
  { name: "ReduceMax of equal values", of: over("Max", [1]), kink: true },
  { name: "CumSum", of: sumUp() },
  { name: "CumSum from the end, without itself", of: sumUp({ reverse: 1, exclusive: 1 }) },
  { name: "TopK", of: (x) => applyMany("TopK", [x, integers([2])], { axis: 1 }, 2)[0]! },
];

describe("reductions", () => checkRules("reductions", stories));
