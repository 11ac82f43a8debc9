import { divide, multiply, negate } from "../../graph/operators.ts";
import { broadcasting, exact, type Rules } from "../rule.ts";

/** Elementwise arithmetic and functions of one number. */
export const arithmetic: Rules = {
  Add: broadcasting(({ dy }) => [() => dy, () => dy]),
  Sub: broadcasting(({ dy }) => [() => dy, () => negate(dy)]),
  Mul: broadcasting(({ dy }, a, b) => [() => multiply(dy, b), () => multiply(dy, a)]),
  Div: broadcasting(({ dy, y }, _, b) => [() => divide(dy, b), () => negate(divide(multiply(dy, y), b))]),
  Neg: exact(({ dy }) => [() => negate(dy)]),
  Exp: exact(({ dy, y }) => [() => multiply(dy, y)]),
  Log: exact(({ dy }, x) => [() => divide(dy, x)]),
  Sqrt: exact(({ dy, y, number }) => [() => divide(multiply(dy, number(0.5)), y)]),
};
