import type { Value } from "../graph/expression.ts";
import { integer, integers } from "../graph/literals.ts";
import { apply } from "../graph/expression.ts";
import { concat, equal, reshape, shapeOf } from "../graph/operators.ts";
import type { Dim } from "../graph/type.ts";
import type { Site } from "./site.ts";

/**
 * Undoes broadcasting: sums `gradient`, whose shape is `from`, to the shape of `x`. Where sizes are known the axes are
 * known; where one is not, the graph finds out which axes had been repeated.
 */
export function sumToShape(site: Site, gradient: Value, from: readonly Dim[], x: Value): Value {
  const to = site.dimsOf(x);
  const lead = from.length - to.length;
  const padded: readonly Dim[] = [...Array.from({ length: lead }, () => 1), ...to];
  if (padded.some((dim, axis) => typeof dim === "string" && dim !== from[axis] && from[axis] !== 1))
    return sumToRunningShape(site, gradient, lead, x);
  const repeated = [...padded.keys()].filter((axis) => axis < lead || (padded[axis] === 1 && from[axis] !== 1));
  if (repeated.length === lead) return site.sum(gradient, repeated, false);
  return site.squeeze(site.sum(gradient, repeated), [...Array(lead).keys()]);
}

function sumToRunningShape(site: Site, gradient: Value, lead: number, x: Value): Value {
  if (site.opset < 13)
    site.fail("undoing its broadcasting of unknown sizes needs opset 13 (ReduceSum with axes as input)");
  const shape = shapeOf(x);
  const padded = lead === 0 ? shape : concat([integers(Array.from({ length: lead }, () => 1)), shape], 0);
  const axes = reshape(apply("NonZero", [equal(padded, integer(1))]), [-1]);
  return reshape(apply("ReduceSum", [gradient, axes], { keepdims: 1, noop_with_empty_axes: 1 }), shape);
}
