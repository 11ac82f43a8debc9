import type { Value } from "../../graph/expression.ts";
import { transpose } from "../../graph/operators.ts";
import { exact, flat, type Rule, type Rules } from "../rule.ts";

/** The same elements in another shape. */
const reshaping: Rule = exact((site, x: Value) => [() => site.reshapeLike(site.dy, x)]);

/** Operators that only move elements. */
export const shapes: Rules = {
  Identity: exact(({ dy }) => [() => dy]),
  Shape: flat,
  Size: flat,
  Reshape: reshaping,
  Flatten: reshaping,
  Squeeze: reshaping,
  Unsqueeze: reshaping,
  Transpose: exact((site, x) => [() => transpose(site.dy, inverse(site.ints("perm") ?? reversed(site.rankOf(x))))]),
};

const reversed = (rank: number): readonly number[] => [...Array(rank).keys()].reverse();

function inverse(perm: readonly number[]): readonly number[] {
  const places = perm.map((axis, place) => [axis, place] as const);
  return places.sort(([a], [b]) => a - b).map(([, place]) => place);
}
