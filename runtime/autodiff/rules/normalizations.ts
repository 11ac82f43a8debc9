import { apply, float, type Value } from "../../graph/expression.ts";
import { add, concat, divide, multiply, negate, reshape, sign, sqrt, subtract } from "../../graph/operators.ts";
import { exact, type Rules } from "../rule.ts";
import type { Site } from "../site.ts";

/** Normalizations: by given statistics, and by their own. */
export const normalizations: Rules = {
  BatchNormalization: exact((site, x, scale, _, mean, variance) => {
    const outputs = site.application.results.filter((result) => result !== undefined).length;
    if (site.opset < 14 && outputs > 1) site.fail("with more than one output it trains, before opset 14");
    return site.int("training_mode", 0) === 0
      ? runningStatistics(site, x, scale, mean, variance)
      : batchStatistics(site, x, scale);
  }),
  InstanceNormalization: exact((site, x, scale) => {
    const axes = site.spatialAxes(x);
    const { normalized, gradient } = standardize(site, x, axes);
    const perChannel = (values: Value): Value => site.sum(values, [0, ...axes], false);
    return [
      () => gradient(multiply(site.dy, site.perChannel(scale, x))),
      () => perChannel(multiply(site.dy, normalized)),
      () => perChannel(site.dy),
    ];
  }),
  LayerNormalization: {
    vjp: (site, x, scale) => {
      const { normalized, gradient } = standardize(site, x, trailingAxes(site, x));
      return [() => gradient(multiply(site.dy, scale)), () => multiply(site.dy, normalized), () => site.dy];
    },
    dims: ({ dimsOf, y }, input) => (input === 0 ? undefined : dimsOf(y)),
  },
  RMSNormalization: {
    vjp: (site, x, scale) => {
      const axes = trailingAxes(site, x);
      const root = sqrt(add(site.mean(multiply(x, x), axes), site.number(site.float("epsilon", 1e-5))));
      const normalized = divide(x, root);
      const g = multiply(site.dy, scale);
      const along = multiply(normalized, site.mean(multiply(g, normalized), axes));
      return [() => divide(subtract(g, along), root), () => multiply(site.dy, normalized)];
    },
    dims: ({ dimsOf, y }, input) => (input === 0 ? undefined : dimsOf(y)),
  },
  GroupNormalization: exact(groupNormalization),
  LpNormalization: exact((site, x) => [() => lpGradient(site, x)]),
};

type Gradients = readonly (() => Value)[];

/** y = (x - mean) / sqrt(variance + epsilon) * scale + shift, with all four parameters given. */
function runningStatistics(site: Site, x: Value, scale: Value, mean: Value, variance: Value): Gradients {
  const { dy } = site;
  const deviation = sqrt(add(variance, site.number(site.float("epsilon", 1e-5))));
  const slope = divide(scale, deviation);
  const perChannel = (values: Value): Value => site.sum(values, channelReduction(site, x), false);
  const dscale = divide(perChannel(multiply(dy, subtract(x, site.perChannel(mean, x)))), deviation);
  return [
    () => multiply(dy, site.perChannel(slope, x)),
    () => dscale,
    () => perChannel(dy),
    () => negate(multiply(perChannel(dy), slope)),
    () => multiply(multiply(dscale, divide(slope, deviation)), site.number(-0.5)),
  ];
}

/**
 * The same with the mean and the variance of the batch itself, which depend on x:
 * dx = scale / sigma (dy - mean dy - x^ mean(dy x^)), written as an affine of dy less a multiple of x - mean, so that
 * few operators pass over whole images.
 */
function batchStatistics(site: Site, x: Value, scale: Value): Gradients {
  const { dy } = site;
  const axes = channelReduction(site, x);
  const [, givenMean, givenVariance] = givesBatchMoments(site) ? site.application.results : [];
  const centered = subtract(x, site.perChannel(givenMean ?? site.mean(x, axes, false), x));
  const variance = givenVariance ?? site.mean(multiply(centered, centered), axes, false);
  const deviation = sqrt(add(variance, site.number(site.float("epsilon", 1e-5))));
  const dscale = divide(site.sum(multiply(dy, centered), axes, false), deviation);
  const dshift = site.sum(dy, axes, false);
  const count = site.countOf(x, axes);
  const slope = divide(scale, deviation);
  const along = divide(multiply(slope, dscale), multiply(deviation, count));
  const shift = negate(divide(multiply(slope, dshift), count));
  return [
    () => subtract(affine(site, dy, { slope, shift }), multiply(centered, site.perChannel(along, x))),
    () => dscale,
    () => dshift,
  ];
}

/** Whether its further outputs are the moments of the batch: with nothing left of those that it remembers, they are. */
const givesBatchMoments = (site: Site): boolean => site.float("momentum", 0.9) === 0;

/** x * slope + shift for each channel, in one pass: ONNX Runtime has no other operator that does both. */
function affine(site: Site, x: Value, { slope, shift }: { readonly slope: Value; readonly shift: Value }): Value {
  const zeros = multiply(shift, site.number(0));
  const ones = add(zeros, site.number(1));
  return apply("BatchNormalization", [x, slope, shift, zeros, ones], { epsilon: float(0) });
}

/** The axes from `axis` on. */
function trailingAxes(site: Site, x: Value): readonly number[] {
  const rank = site.rankOf(x);
  const first = site.axis(site.int("axis", -1), rank);
  return Array.from({ length: rank - first }, (_, index) => first + index);
}

/** All axes but that of the channels. */
const channelReduction = (site: Site, x: Value): readonly number[] => [0, ...site.spatialAxes(x)];

/**
 * x with mean 0 and variance 1 over `axes`, and from the gradient of that the gradient of x:
 * (g - mean g - x^ mean(g x^)) / sigma.
 */
function standardize(
  site: Site,
  x: Value,
  axes: readonly number[],
): { readonly normalized: Value; readonly gradient: (g: Value) => Value } {
  const centered = subtract(x, site.mean(x, axes));
  const variance = site.mean(multiply(centered, centered), axes);
  const deviation = sqrt(add(variance, site.number(site.float("epsilon", 1e-5))));
  const normalized = divide(centered, deviation);
  const gradient = (g: Value): Value => {
    const along = multiply(normalized, site.mean(multiply(g, normalized), axes));
    return divide(subtract(subtract(g, site.mean(g, axes)), along), deviation);
  };
  return { normalized, gradient };
}

/** Channels in groups, each with statistics of its own: scale and shift for each channel (opset 21), or group (18). */
function groupNormalization(site: Site, x: Value, scale: Value): Gradients {
  const groups = site.int("num_groups", 1);
  const channels = site.dimsOf(x)[1];
  if (typeof channels !== "number") return site.fail("how many channels there are is only known when the graph runs");
  const grouped = (value: Value): Value => reshape(value, [0, groups, -1]);
  const { normalized, gradient } = standardize(site, grouped(x), [2]);
  const ungrouped = (value: Value): Value => site.reshapeLike(value, x);
  const repeats = channels / site.sizesOf(scale)[0]!;
  const perParameter = (values: Value): Value => {
    const sums = site.sum(values, channelReduction(site, x), false);
    return repeats === 1 ? sums : site.sum(reshape(sums, [-1, repeats]), [1], false);
  };
  const perChannel = repeats === 1 ? scale : reshape(concat(Array(repeats).fill(site.unsqueeze(scale, [1])), 1), [-1]);
  return [
    () => ungrouped(gradient(grouped(multiply(site.dy, site.perChannel(perChannel, x))))),
    () => perParameter(multiply(site.dy, ungrouped(normalized))),
    () => perParameter(site.dy),
  ];
}

/** Of x / |x|: (dy - n sum(dy y)) / |x|, n the slope of the norm. */
function lpGradient(site: Site, x: Value): Value {
  const axes = [site.axis(site.int("axis", -1), site.rankOf(x))];
  const order = site.int("p", 2);
  const norm = apply("Max", [site.reduce(order === 1 ? "L1" : "L2", x, axes), site.number(1e-12)]);
  const slope = order === 1 ? sign(x) : site.y;
  return divide(subtract(site.dy, multiply(slope, site.sum(multiply(site.dy, site.y), axes))), norm);
}
