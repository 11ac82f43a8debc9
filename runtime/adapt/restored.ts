import { apply, constant, float, type Value } from "../graph/expression.ts";
import type { Model } from "../graph/graph.ts";
import { rewriteGraph } from "../graph/rewrite.ts";
import { tensor } from "../graph/tensor.ts";
import { AdaptError } from "./adapt-error.ts";
import { findPoints, type Point } from "./point.ts";
import type { Statistics, StatisticsOf } from "./statistics.ts";

/**
 * The model with a BatchNormalization again behind each convolution that one was folded into. On activations with the
 * statistics that are given, those of the source, it does nothing: its scale is their deviation, its shift their mean.
 * So what minimizes entropy over normalizations, TENT and EATA, learns a folded model as it does one that was not.
 * @param statistics by point, as `measureStatistics` finds them or as the file beside the model has them
 * @throws {AdaptError} if the model has no such convolution, or the statistics of one are missing.
 */
export function restoreNormalizations(model: Model, statistics: StatisticsOf): Model {
  const points = new Map([...findPoints(model.graph)].filter(([, { kind }]) => kind === "Conv"));
  if (points.size === 0)
    throw new AdaptError(`model ${model.graph.name}`, "it has no convolution with a bias: no normalization was folded");
  const { graph } = rewriteGraph(model.graph, {
    application: (made, was) => {
      const point = points.get(was);
      return point && [doingNothing(made.results[0]!, point, statisticsOf(point, statistics))];
    },
  });
  return { ...model, graph };
}

function statisticsOf({ name, channels }: Point, statistics: StatisticsOf): Statistics {
  const found = statistics.get(name);
  if (found === undefined)
    throw new AdaptError(`point ${name}`, "its statistics are not given: measure them on an anchor set");
  if (found.mean.length === channels) return found;
  throw new AdaptError(`point ${name}`, `it has ${channels} channels, its statistics ${found.mean.length}`);
}

function doingNothing(x: Value, { name, epsilon }: Point, { mean, variance }: Statistics): Value {
  const vectors = {
    scale: variance.map((value) => Math.sqrt(value + epsilon)),
    shift: mean,
    mean,
    variance,
  };
  const constants = Object.entries(vectors).map(([what, values]) =>
    constant(tensor(`${name}.${what}`, "float32", [values.length], values)),
  );
  return apply("BatchNormalization", [x, ...constants], { epsilon: float(epsilon) });
}
