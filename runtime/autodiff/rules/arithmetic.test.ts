import { describe } from "@jest/globals";
import { apply, type Input, type Value } from "../../graph/expression.ts";
import { number, numbers } from "../../graph/literals.ts";
import {
  abs,
  add,
  divide,
  exp,
  log,
  multiply,
  negate,
  power,
  reciprocal,
  sqrt,
  subtract,
} from "../../graph/operators.ts";
import { checkDifferences, type Slope } from "../oracle/check-differences.ts";
import { checkRules, type Story } from "../oracle/check-rules.ts";

const operator =
  (opType: string) =>
  (...inputs: Input[]): Value =>
    apply(opType, inputs);

const raised =
  (exponent: number) =>
  (x: Input): Value =>
    power(x, number(x.type!, exponent));

const stories: readonly Story[] = [
  { name: "Add of equal shapes", of: add },
  { name: "Add broadcasts both ways", of: add },
  { name: "Add of a scalar", of: add },
  { name: "Sub broadcasts the first", of: subtract },
  { name: "Mul broadcasts both ways", of: multiply },
  { name: "Mul of a value by itself", of: (a) => multiply(a, a) },
  { name: "Div broadcasts the second", of: divide },
  { name: "Neg", of: negate },
  { name: "Exp", of: exp },
  { name: "Log", of: log },
  { name: "Sqrt", of: sqrt },
  { name: "Pow with an exponent of 2", of: raised(2) },
  { name: "Pow with an exponent of 3", of: raised(3) },
  { name: "Pow with an exponent of a half", of: raised(0.5) },
  { name: "Pow with an exponent of 1", of: raised(1) },
  { name: "Pow with another exponent", of: raised(-1.5) },
  { name: "Pow with an integer exponent", of: (x) => power(x, number("int64", 4)) },
  { name: "Pow of two values that broadcast", of: power },
  { name: "Sum of three", of: operator("Sum") },
  { name: "Mean of three", of: operator("Mean"), float32Only: true },
  { name: "Max of two", of: operator("Max") },
  { name: "Min of three", of: operator("Min") },
  { name: "Max of equal values", of: operator("Max"), kink: true },
  { name: "Abs", of: abs },
  { name: "Reciprocal", of: reciprocal },
  { name: "Erf", of: operator("Erf"), float32Only: true },
  { name: "Sin", of: operator("Sin") },
  { name: "Cos", of: operator("Cos"), float32Only: true },
  { name: "Tan", of: operator("Tan"), float32Only: true },
  { name: "Asin", of: operator("Asin"), float32Only: true },
  { name: "Acos", of: operator("Acos"), float32Only: true },
  { name: "Atan", of: operator("Atan"), float32Only: true },
  { name: "Floor is flat", of: (x) => add(x, apply("Floor", [x])) },
];

const exponents = (x: Input): Value => numbers(x.type!, [4], [0, 1, 2, 3]);
const zeros = { dims: [4], values: [0, 0, 0, 0] };

const slopes: readonly Slope[] = [
  { name: "Pow of zero with an exponent of 0", at: { x: zeros }, of: raised(0) },
  { name: "Pow of zeros with exponents of which one is 0", at: { x: zeros }, of: (x) => power(x, exponents(x)) },
  {
    name: "Pow of zeros with exponents that the graph computes",
    at: { x: zeros },
    of: (x) => power(x, add(exponents(x), multiply(apply("Floor", [x]), number(x.type!, 0)))),
  },
];

describe("arithmetic", () => {
  checkRules("arithmetic", stories);
  checkDifferences(slopes);
});
