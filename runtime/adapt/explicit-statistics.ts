import { floatOf, intOf } from "../graph/attributes.ts";
import { application, type Application, type Value } from "../graph/expression.ts";
import type { Model } from "../graph/graph.ts";
import { number } from "../graph/literals.ts";
import { add, multiply, reduce, reshape, subtract } from "../graph/operators.ts";
import { rewriteGraph } from "../graph/rewrite.ts";
import { inferTypes } from "../graph/shapes/infer.ts";
import { AdaptError } from "./adapt-error.ts";

/**
 * The model with every BatchNormalization in training mode as one that is given the moments of the batch, computed
 * beside it: TensorRT takes no training mode, ONNX Runtime is a third faster with it. What is made for a device passes
 * here last, gradients included.
 * @throws {AdaptError} if the rank of what one normalizes is not known.
 */
export function computeStatistics(model: Model): Model {
  const types = inferTypes(model, { keepInitial: false });
  const opset = model.opsets.get("") ?? 1;
  const { graph } = rewriteGraph(model.graph, {
    application: (made, was) => {
      if (made.opType !== "BatchNormalization" || intOf(made, "training_mode", 0) === 0) return undefined;
      const rank = types.of(was.inputs[0]!)?.dims?.length;
      if (rank === undefined)
        throw new AdaptError(made.names[0] ?? made.opType, "the rank of what it normalizes is not known: declare it");
      return withStatistics(made, rank, opset);
    },
  });
  return { ...model, graph };
}

/** What it gave: y, and the moments that it remembers then. */
function withStatistics(made: Application, rank: number, opset: number): readonly (Value | undefined)[] {
  const [x, scale, shift, rememberedMean, rememberedVariance] = made.inputs as readonly Value[];
  const axes = [...Array(rank).keys()].filter((axis) => axis !== 1);
  const mean = reduce("Mean", x!, { axes, opset });
  const centered = subtract(x!, reshape(mean, [-1, ...axes.slice(1).map(() => 1)]));
  const variance = reduce("Mean", multiply(centered, centered), { axes, opset });
  const normalized = application({
    ...made,
    inputs: [x, scale, shift, mean, variance],
    attributes: made.attributes.filter(({ name }) => name === "epsilon"),
    outputs: 1,
    names: made.names.slice(0, 1),
  });
  const momentum = floatOf(made, "momentum", 0.9);
  return [
    normalized.results[0],
    blend(rememberedMean!, mean, momentum),
    blend(rememberedVariance!, variance, momentum),
  ].slice(0, made.results.length);
}

/** What is remembered after a batch. */
const blend = (remembered: Value, now: Value, momentum: number): Value =>
  momentum === 0
    ? now
    : add(multiply(remembered, number("float32", momentum)), multiply(now, number("float32", 1 - momentum)));
