import { apply, type Value } from "../../graph/expression.ts";
import {
  add,
  cast,
  divide,
  equal,
  exp,
  greater,
  log,
  multiply,
  negate,
  power,
  sign,
  sqrt,
  subtract,
  where,
} from "../../graph/operators.ts";
import { broadcasting, exact, flat, type Rule, type Rules } from "../rule.ts";
import type { Site } from "../site.ts";

/** Of several values the one that is taken: where they are equal, each gets its part. */
const extreme: Rule = broadcasting((site, ...inputs) => {
  const taken = inputs.map((x) => cast(equal(x, site.y), site.typeOf(site.y)));
  const share = divide(site.dy, taken.reduce(add));
  return taken.map((mask) => () => multiply(share, mask));
});

/** Elementwise arithmetic and functions of one number. */
export const arithmetic: Rules = {
  Add: broadcasting(({ dy }) => [() => dy, () => dy]),
  Sub: broadcasting(({ dy }) => [() => dy, () => negate(dy)]),
  Mul: broadcasting(({ dy }, a, b) => [() => multiply(dy, b), () => multiply(dy, a)]),
  Div: broadcasting(({ dy, y }, _, b) => [() => divide(dy, b), () => negate(divide(multiply(dy, y), b))]),
  Pow: broadcasting((site, a, b) => [() => multiply(site.dy, powerSlope(site, a, b)), () => exponentGradient(site, a)]),
  Sum: broadcasting(({ dy }, ...inputs) => inputs.map(() => () => dy)),
  Mean: broadcasting(({ dy, number }, ...inputs) => inputs.map(() => () => multiply(dy, number(1 / inputs.length)))),
  Max: extreme,
  Min: extreme,
  Neg: exact(({ dy }) => [() => negate(dy)]),
  Abs: exact(({ dy }, x) => [() => multiply(dy, sign(x))]),
  Reciprocal: exact(({ dy, y }) => [() => negate(multiply(dy, multiply(y, y)))]),
  Exp: exact(({ dy, y }) => [() => multiply(dy, y)]),
  Log: exact(({ dy }, x) => [() => divide(dy, x)]),
  Sqrt: exact(({ dy, y, number }) => [() => divide(multiply(dy, number(0.5)), y)]),
  Erf: exact(({ dy, number }, x) => [
    () => multiply(dy, multiply(number(2 / Math.sqrt(Math.PI)), exp(negate(multiply(x, x))))),
  ]),
  Sin: exact(({ dy }, x) => [() => multiply(dy, apply("Cos", [x]))]),
  Cos: exact(({ dy }, x) => [() => negate(multiply(dy, apply("Sin", [x])))]),
  Tan: exact(({ dy, y, number }) => [() => multiply(dy, add(number(1), multiply(y, y)))]),
  Asin: exact((site, x) => [() => divide(site.dy, legOf(site, x))]),
  Acos: exact((site, x) => [() => negate(divide(site.dy, legOf(site, x)))]),
  Atan: exact(({ dy, number }, x) => [() => divide(dy, add(number(1), multiply(x, x)))]),
  ...Object.fromEntries(
    [
      "Sign",
      "Floor",
      "Ceil",
      "Round",
      "Equal",
      "Greater",
      "GreaterOrEqual",
      "Less",
      "LessOrEqual",
      "IsNaN",
      "IsInf",
    ].map((name) => [name, flat]),
  ),
};

/** sqrt(1 - x^2). */
const legOf = ({ number }: Site, x: Value): Value => sqrt(subtract(number(1), multiply(x, x)));

/** b a^(b-1), short for the exponents that networks have; 0 where b is, at a = 0, too. */
function powerSlope(site: Site, a: Value, b: Value): Value {
  const exponents = site.valuesOf(b);
  switch (exponents?.length === 1 ? exponents[0] : undefined) {
    case 0:
      return site.number(0);
    case 0.5:
      return divide(site.number(0.5), site.y);
    case 1:
      return site.number(1);
    case 2:
      return multiply(site.number(2), a);
    case 3:
      return multiply(site.number(3), multiply(a, a));
    default: {
      const exponent = site.typeOf(b) === site.typeOf(a) ? b : cast(b, site.typeOf(a));
      const slope = multiply(exponent, power(a, subtract(exponent, site.number(1))));
      const isNeverZero = exponents?.every((known) => typeof known === "number" && known !== 0) === true;
      return isNeverZero ? slope : where(equal(exponent, site.number(0)), site.number(0), slope);
    }
  }
}

/** y log a; nothing where a is not positive. */
function exponentGradient({ dy, y, number }: Site, a: Value): Value {
  return multiply(dy, multiply(y, log(where(greater(a, number(0)), a, number(1)))));
}
