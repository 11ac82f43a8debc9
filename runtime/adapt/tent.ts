import { entropy } from "../autodiff/losses/entropy.ts";
import type { Optimizer } from "../autodiff/optimizers/optimizer.ts";
import type { Value } from "../graph/expression.ts";
import type { Model } from "../graph/graph.ts";
import { cast, expand, reciprocal, shapeOf } from "../graph/operators.ts";
import { applicationsOf } from "../graph/topology.ts";
import { AdaptError } from "./adapt-error.ts";
import { normalizeByBatch } from "./batch-statistics.ts";
import type { DataOf } from "./evaluator.ts";
import type { Learner } from "./learner.ts";
import { isNormalization, parametersOf } from "./parameters.ts";
import { buildStep, type Objective, type Step } from "./step.ts";

/** What entropy minimization needs to know of a model. */
export interface EntropyStepOptions {
  /** The model's output that is logits, [N, classes]. */
  readonly logits: string;
  /** Sizes by name: {N: 64}. */
  readonly sizes?: Readonly<Record<string, number>>;
}

/** What a method said of a batch before it learned from it. */
export interface Adapted {
  readonly loss: number;
  /** Row-major, [N, classes]. */
  readonly logits: Float32Array;
}

/**
 * The step of TENT: the mean entropy of the predictions, with every BatchNormalization normalizing by the batch, over
 * the scale and shift of normalizations.
 * Source: https://arxiv.org/abs/2006.10726.
 */
export const buildTentStep = (model: Model, options: EntropyStepOptions): Step =>
  buildEntropyStep(model, options, (logits, opset) => {
    const losses = entropy(logits, { opset });
    return { losses, weights: evenWeights(losses) };
  });

/**
 * A step over the normalizations of a model, BatchNormalizations by the batch. @throws {AdaptError} if it has none.
 */
export function buildEntropyStep(
  model: Model,
  { logits: name, sizes = {} }: EntropyStepOptions,
  objective: (logits: Value, opset: number) => Objective,
): Step {
  const given = applicationsOf(model.graph).some(({ opType }) => opType === "BatchNormalization")
    ? normalizeByBatch(model).model
    : model;
  const parameters = parametersOf(given.graph).filter(isNormalization);
  if (parameters.length === 0)
    throw new AdaptError(
      `model ${model.graph.name}`,
      "it has no normalization with a constant scale and shift: nothing to learn",
    );
  return buildStep(given, {
    parameters,
    sizes,
    objective: (outputs, opset) => objective(outputNamed(outputs, name), opset),
  });
}

function outputNamed(outputs: ReadonlyMap<string, Value>, name: string): Value {
  const value = outputs.get(name);
  if (value !== undefined) return value;
  throw new AdaptError(
    `output ${name}`,
    `the model has no output of this name: it has ${[...outputs.keys()].join(", ")}`,
  );
}

/** One over the number of losses, for each of them. */
export function evenWeights(losses: Value): Value {
  const count = shapeOf(losses);
  return expand(reciprocal(cast(count, "float32")), count);
}

/** TENT: learns from each batch as it comes. */
export class Tent {
  readonly #learner: Learner;
  readonly #options: { readonly logits: string; readonly optimizer: Optimizer; readonly rate: number };

  constructor(
    learner: Learner,
    options: { readonly logits: string; readonly optimizer: Optimizer; readonly rate: number },
  ) {
    this.#learner = learner;
    this.#options = options;
  }

  /** One step. */
  async adapt(batch: DataOf): Promise<Adapted> {
    const { logits, optimizer, rate } = this.#options;
    const { loss, gradients, outputs } = await this.#learner.pass(batch, [logits]);
    this.#learner.move(optimizer, gradients, rate);
    return { loss, logits: outputs[logits]! };
  }
}
