import { apply, type Value } from "../../graph/expression.ts";
import {
  abs,
  add,
  and,
  divide,
  exp,
  greater,
  less,
  multiply,
  sigmoid,
  subtract,
  where,
} from "../../graph/operators.ts";
import { broadcasting, exact, type Rule, type Rules } from "../rule.ts";
import type { Site } from "../site.ts";

/** An activation by its slope. */
const bySlope = (slope: (site: Site, x: Value) => Value): Rule =>
  exact((site, x) => [() => multiply(site.dy, slope(site, x))]);

/** An activation that is x itself, or something else by its slope. */
const linearWhere = (condition: (site: Site, x: Value) => Value, slope: (site: Site, x: Value) => Value): Rule =>
  exact((site, x) => [() => where(condition(site, x), site.dy, multiply(site.dy, slope(site, x)))]);

const isPositive = ({ number }: Site, x: Value): Value => greater(x, number(0));

/** Activations, elementwise and over an axis. Where two pieces meet, the slope is torch's. */
export const activations: Rules = {
  Relu: exact(({ dy, y, number }) => [() => where(greater(y, number(0)), dy, number(0))]),
  LeakyRelu: linearWhere(isPositive, ({ float, number }) => number(float("alpha", 0.01))),
  PRelu: broadcasting((site, x, slope) => [
    () => where(isPositive(site, x), site.dy, multiply(site.dy, slope)),
    () => where(isPositive(site, x), site.number(0), multiply(site.dy, x)),
  ]),
  ThresholdedRelu: exact(({ dy, number, float }, x) => [
    () => where(greater(x, number(float("alpha", 1))), dy, number(0)),
  ]),
  Elu: linearWhere(isPositive, ({ y, float, number }) => add(y, number(float("alpha", 1)))),
  Selu: bySlope((site, x) => {
    const [alpha, gamma] = [site.float("alpha", 1.6732631921768188), site.float("gamma", 1.0507010221481323)];
    return where(isPositive(site, x), site.number(gamma), add(site.y, site.number(alpha * gamma)));
  }),
  Celu: linearWhere(isPositive, ({ float, number }, x) => exp(divide(x, number(float("alpha", 1))))),
  Softplus: bySlope((_, x) => sigmoid(x)),
  Softsign: exact(({ dy, number }, x) => [
    () => {
      const width = add(number(1), abs(x));
      return divide(dy, multiply(width, width));
    },
  ]),
  Sigmoid: bySlope(({ y, number }) => multiply(y, subtract(number(1), y))),
  Tanh: bySlope(({ y, number }) => subtract(number(1), multiply(y, y))),
  HardSigmoid: bySlope(({ y, number, float }) =>
    where(and(greater(y, number(0)), less(y, number(1))), number(float("alpha", 0.2)), number(0)),
  ),
  HardSwish: bySlope(({ number }, x) => {
    const slope = add(divide(x, number(3)), number(0.5));
    return where(less(x, number(3)), where(greater(x, number(-3)), slope, number(0)), number(1));
  }),
  Swish: bySlope((site, x) => swishSlope(site, x, site.float("alpha", 1))),
  Mish: bySlope(({ number }, x) => {
    const saturation = apply("Tanh", [apply("Softplus", [x])]);
    const rest = subtract(number(1), multiply(saturation, saturation));
    return add(saturation, multiply(multiply(x, sigmoid(x)), rest));
  }),
  Gelu: bySlope((site, x) => (site.string("approximate", "none") === "tanh" ? geluTanhSlope : geluSlope)(site, x)),
  Clip: broadcasting((site, x, low?: Value, high?: Value) => [
    () => {
      const within = [low && greater(x, low), high && less(x, high)].filter((side) => side !== undefined);
      return within.length === 0 ? site.dy : where(within.reduce(and), site.dy, site.number(0));
    },
    // Bounds that cross give the high one everywhere.
    () => where(high === undefined ? less(x, low!) : and(less(x, low!), less(low!, high)), site.dy, site.number(0)),
    () =>
      where(
        low === undefined ? greater(x, high!) : apply("Or", [greater(x, high!), less(high!, low)]),
        site.dy,
        site.number(0),
      ),
  ]),
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

/** s + alpha x s (1 - s), s = sigmoid(alpha x). */
function swishSlope({ number }: Site, x: Value, alpha: number): Value {
  const scaled = alpha === 1 ? x : multiply(x, number(alpha));
  const gate = sigmoid(scaled);
  return multiply(gate, add(number(1), multiply(scaled, subtract(number(1), gate))));
}

/** Phi(x) + x phi(x), of the normal distribution. */
function geluSlope({ number }: Site, x: Value): Value {
  const below = multiply(number(0.5), add(number(1), apply("Erf", [multiply(x, number(Math.SQRT1_2))])));
  const density = multiply(exp(multiply(number(-0.5), multiply(x, x))), number(1 / Math.sqrt(2 * Math.PI)));
  return add(below, multiply(x, density));
}

/** Of x/2 (1 + tanh(u)), u = sqrt(2/pi) (x + .044715 x^3). */
function geluTanhSlope({ number }: Site, x: Value): Value {
  const scale = Math.sqrt(2 / Math.PI);
  const square = multiply(x, x);
  const inner = multiply(x, add(number(scale), multiply(number(scale * 0.044715), square)));
  const saturation = apply("Tanh", [inner]);
  const rest = subtract(number(1), multiply(saturation, saturation));
  const innerSlope = add(number(scale), multiply(number(3 * scale * 0.044715), square));
  return multiply(number(0.5), add(add(number(1), saturation), multiply(x, multiply(rest, innerSlope))));
}

/** The axes that sum to one: before opset 13 all from `axis` on. */
function softmaxAxes(site: Site, x: Value): readonly number[] {
  const rank = site.rankOf(x);
  if (site.opset >= 13) return [site.axis(site.int("axis", -1), rank)];
  const first = site.axis(site.int("axis", 1), rank);
  return Array.from({ length: rank - first }, (_, index) => first + index);
}
