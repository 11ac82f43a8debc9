import { apply, type Value } from "../../graph/expression.ts";
import { cast, divide, equal, exp, expand, greater, multiply, sign, subtract, where } from "../../graph/operators.ts";
import { exact, flat, type Rule, type Rules } from "../rule.ts";
import type { Site } from "../site.ts";

/** A reduction by its gradient, from dy and y with the reduced axes of size 1, before it is repeated to x's shape. */
const reduction = (gradient: (site: Site, x: Value, dy: Value, y: Value) => Value): Rule =>
  exact((site, x) => [() => gradient(site, x, kept(site, site.dy, x), kept(site, site.y, x))]);

/** Of several values the one that is taken: where they are equal, each gets its part. */
const extreme = reduction((site, x, dy, y) => {
  const taken = cast(equal(x, y), site.typeOf(x));
  return multiply(taken, divide(dy, site.sum(taken, reducedAxes(site, x))));
});

/** Reductions over axes. */
export const reductions: Rules = {
  ReduceSum: reduction((site, x, dy) => site.expandLike(dy, x)),
  ReduceMean: reduction((site, x, dy) => site.expandLike(divide(dy, site.countOf(x, reducedAxes(site, x))), x)),
  ReduceSumSquare: reduction((site, x, dy) => multiply(multiply(dy, site.number(2)), x)),
  ReduceL1: reduction((_, x, dy) => multiply(dy, sign(x))),
  ReduceL2: reduction((site, x, dy, y) => multiply(divide(dy, apply("Max", [y, site.number(1e-12)])), x)),
  ReduceLogSum: reduction((site, x, dy, y) => site.expandLike(divide(dy, exp(y)), x)),
  ReduceLogSumExp: reduction((_, x, dy, y) => multiply(dy, exp(subtract(x, y)))),
  ReduceProd: reduction((site, x, dy) => multiply(dy, productOfOthers(site, x))),
  ReduceMax: extreme,
  ReduceMin: extreme,
  CumSum: exact((site, _, axis) => [
    () =>
      apply("CumSum", [site.dy, axis], { exclusive: site.int("exclusive", 0), reverse: 1 - site.int("reverse", 0) }),
  ]),
  TopK: exact((site, x) => [
    () => {
      const places = site.application.results[1] ?? site.fail("its output of indices is left out");
      const zeros = expand(site.number(0), site.shapeOf(x));
      return apply("ScatterElements", [zeros, places, site.dy], { axis: site.int("axis", -1) });
    },
  ]),
  ArgMax: flat,
  ArgMin: flat,
};

/** The product over the reduced axes without the element itself; right where elements are zero, too. */
function productOfOthers(site: Site, x: Value): Value {
  const axes = reducedAxes(site, x);
  const isZero = equal(x, site.number(0));
  const zero = cast(isZero, site.typeOf(x));
  const nonZero = where(isZero, site.number(1), x);
  const otherZeros = subtract(site.sum(zero, axes), zero);
  return where(
    greater(otherZeros, site.number(0)),
    site.number(0),
    divide(site.reduce("Prod", nonZero, axes), nonZero),
  );
}

/** The axes that the reduction runs over: an attribute or an input; all of them when there are none. */
function reducedAxes(site: Site, x: Value): readonly number[] {
  const rank = site.rankOf(x);
  const given = site.application.inputs[1];
  const axes = given === undefined ? (site.ints("axes") ?? []) : site.integersOf(given, "axes");
  if (axes.length > 0) return axes.map((axis) => site.axis(axis, rank)).sort((a, b) => a - b);
  return site.int("noop_with_empty_axes", 0) === 1 ? [] : [...Array(rank).keys()];
}

/** An output, or its gradient, with the reduced axes of size 1. */
function kept(site: Site, reduced: Value, x: Value): Value {
  return site.int("keepdims", 1) === 1 ? reduced : site.unsqueeze(reduced, reducedAxes(site, x));
}
