import type { Value } from "../../graph/expression.ts";
import { divide } from "../../graph/operators.ts";
import { exact, type Rules } from "../rule.ts";
import type { Site } from "../site.ts";

/** Reductions over axes. */
export const reductions: Rules = {
  ReduceSum: exact((site, x) => [() => site.expandLike(kept(site, site.dy, x), x)]),
  ReduceMean: exact((site, x) => [
    () => site.expandLike(divide(kept(site, site.dy, x), site.countOf(x, reducedAxes(site, x))), x),
  ]),
};

/** The axes that the reduction runs over: an attribute or an input; all of them when there are none. */
function reducedAxes(site: Site, x: Value): readonly number[] {
  const rank = site.rankOf(x);
  const given = site.application.inputs[1];
  const axes = given === undefined ? (site.ints("axes") ?? []) : site.integersOf(given, "axes");
  if (axes.length > 0) return axes.map((axis) => site.axis(axis, rank));
  return site.int("noop_with_empty_axes", 0) === 1 ? [] : [...Array(rank).keys()];
}

/** An output, or its gradient, with the reduced axes of size 1. */
function kept(site: Site, reduced: Value, x: Value): Value {
  if (site.int("keepdims", 1) === 1) return reduced;
  return site.unsqueeze(
    reduced,
    [...reducedAxes(site, x)].sort((a, b) => a - b),
  );
}
