import type { Value } from "../../graph/expression.ts";
import { exp, greater, multiply, subtract, where } from "../../graph/operators.ts";
import { exact, type Rules } from "../rule.ts";
import type { Site } from "../site.ts";

/** Activations: elementwise, and over an axis. */
export const activations: Rules = {
  Relu: exact(({ dy, y, number }) => [() => where(greater(y, number(0)), dy, number(0))]),
  Softmax: exact((site, x) => [
    () => {
      const weighted = multiply(site.dy, site.y);
      return subtract(weighted, multiply(site.y, site.sum(weighted, softmaxAxes(site, x))));
    },
  ]),
  LogSoftmax: exact((site, x) => [
    () => subtract(site.dy, multiply(exp(site.y), site.sum(site.dy, softmaxAxes(site, x)))),
  ]),
};

/** The axes that sum to one: before opset 13 all from `axis` on. */
function softmaxAxes(site: Site, x: Value): readonly number[] {
  const rank = site.rankOf(x);
  if (site.opset >= 13) return [site.axis(site.int("axis", -1), rank)];
  const first = site.axis(site.int("axis", 1), rank);
  return Array.from({ length: rank - first }, (_, index) => first + index);
}
