import type { Value } from "../../graph/expression.ts";
import { add, divide, multiply, negate, sqrt, subtract } from "../../graph/operators.ts";
import { exact, type Rules } from "../rule.ts";
import type { Site } from "../site.ts";

/** Normalizations. */
export const normalizations: Rules = {
  BatchNormalization: exact((site, x, scale, _, mean, variance) =>
    site.int("training_mode", 0) === 0
      ? runningStatistics(site, x, scale, mean, variance)
      : [...batchStatistics(site, x, scale), null, null],
  ),
};

type Gradients = readonly (() => Value)[];

/** y = (x - mean) / sqrt(variance + epsilon) * scale + shift, with all four parameters given. */
function runningStatistics(site: Site, x: Value, scale: Value, mean: Value, variance: Value): Gradients {
  const { dy } = site;
  const axes = channelReduction(site, x);
  const deviation = sqrt(add(variance, site.number(site.float("epsilon", 1e-5))));
  const slope = divide(scale, deviation);
  const centered = (): Value => subtract(x, site.perChannel(mean, x));
  const perChannelSum = (values: Value): Value => site.sum(values, axes, false);
  const dscale = (): Value => divide(perChannelSum(multiply(dy, centered())), deviation);
  return [
    () => multiply(dy, site.perChannel(slope, x)),
    dscale,
    () => perChannelSum(dy),
    () => negate(multiply(perChannelSum(dy), slope)),
    () => multiply(multiply(dscale(), divide(slope, deviation)), site.number(-0.5)),
  ];
}

/** The same with the mean and the variance of the batch itself, which depend on x. */
function batchStatistics(site: Site, x: Value, scale: Value): Gradients {
  const { dy } = site;
  const axes = channelReduction(site, x);
  const centered = subtract(x, site.mean(x, axes));
  const variance = site.mean(multiply(centered, centered), axes);
  const deviation = sqrt(add(variance, site.number(site.float("epsilon", 1e-5))));
  const normalized = divide(centered, deviation);
  const dscale = site.mean(multiply(dy, normalized), axes);
  const dshift = site.mean(dy, axes);
  const count = site.countOf(x, axes);
  const flat = (perChannel: Value): Value => multiply(site.squeeze(perChannel, axes), count);
  return [
    () =>
      multiply(
        subtract(subtract(dy, dshift), multiply(normalized, dscale)),
        divide(site.perChannel(scale, x), deviation),
      ),
    () => flat(dscale),
    () => flat(dshift),
  ];
}

/** All axes but that of the channels. */
const channelReduction = (site: Site, x: Value): readonly number[] => [0, ...site.spatialAxes(x)];
