import { crossEntropy } from "../autodiff/losses/cross-entropy.ts";
import { entropy } from "../autodiff/losses/entropy.ts";
import { normalizeRows, rowSum, scalar, softmax } from "../autodiff/losses/loss.ts";
import type { Optimizer, Tensors } from "../autodiff/optimizers/optimizer.ts";
import { apply, input, type Value } from "../graph/expression.ts";
import type { Model } from "../graph/graph.ts";
import { abs, and, cast, divide, exp, less, multiply, reduce, subtract, unsqueeze } from "../graph/operators.ts";
import { AdaptError } from "./adapt-error.ts";
import type { DataOf } from "./evaluator.ts";
import type { Learner } from "./learner.ts";
import type { Objective, Step } from "./step.ts";
import { buildEntropyStep, evenWeights, type Adapted, type EntropyStepOptions } from "./tent.ts";

/** What EATA learns from. */
export interface EataFilter {
  readonly classes: number;
  /** Samples of a higher entropy are not learned from; .4 ln(classes) when left out. */
  readonly entropyMargin?: number;
  /** Nor are those whose prediction is that close, by cosine, to what was learned from lately. */
  readonly similarityMargin: number;
}

/** Names of what the step of EATA reads and gives beside that of a model. */
const names = { lately: "eata.lately", kept: "eata.kept", meanKept: "eata.meanKept" } as const;

/**
 * The step of EATA: entropy over the samples that are reliable and not redundant, weighed by exp(margin - entropy).
 * Source: https://arxiv.org/abs/2204.02610, equations 2 to 6.
 */
export const buildEataStep = (model: Model, options: EntropyStepOptions & EataFilter): Step =>
  buildEntropyStep(model, options, (logits, opset) => eataObjective(logits, opset, options));

function eataObjective(logits: Value, opset: number, filter: EataFilter): Objective {
  const { classes, entropyMargin = 0.4 * Math.log(classes), similarityMargin } = filter;
  const options = { opset };
  const lately = input(names.lately, "float32", [classes]);
  const [losses, p] = [entropy(logits, options), softmax(logits)];
  const past = normalizeRows(unsqueeze(lately, [0], opset), options);
  const similarity = rowSum(multiply(normalizeRows(p, options), past), options);
  const margin = scalar(entropyMargin, options);
  const kept = and(less(losses, margin), less(abs(similarity), scalar(similarityMargin, options)));
  const mask = cast(kept, "float32");
  const count = reduce("Sum", mask, { opset });
  const share = divide(mask, apply("Max", [count, scalar(1, options)]));
  const meanKept = reduce("Sum", multiply(p, unsqueeze(share, [1], opset)), { axes: [0], opset });
  return {
    losses,
    weights: multiply(share, exp(subtract(margin, losses))),
    inputs: [lately],
    outputs: [
      { name: names.kept, value: count, type: "float32", dims: [] },
      { name: names.meanKept, value: meanKept, type: "float32", dims: [classes] },
    ],
  };
}

/** The step that the Fisher information is measured with: cross-entropy with the model's own predictions as labels. */
export const buildFisherStep = (model: Model, options: EntropyStepOptions & Pick<EataFilter, "classes">): Step =>
  buildEntropyStep(model, options, (logits, opset) => {
    const labels = apply("ArgMax", [logits], { axis: 1, keepdims: 0 });
    const losses = crossEntropy(logits, labels, { opset, classes: options.classes });
    return { losses, weights: evenWeights(losses) };
  });

/**
 * How important each parameter is to the source: the mean over batches of the squared gradient.
 * @throws {AdaptError} if there is no batch.
 */
export async function measureFisher(
  learner: Learner,
  batches: AsyncIterable<DataOf> | Iterable<DataOf>,
): Promise<Tensors> {
  const sums = new Map<string, Float32Array>();
  let count = 0;
  for await (const batch of batches) {
    const { gradients } = await learner.pass(batch);
    for (const [name, gradient] of gradients) {
      const sum = sums.get(name) ?? new Float32Array(gradient.length);
      sums.set(name, sum);
      for (const [index, slope] of gradient.entries()) sum[index]! += slope * slope;
    }
    count++;
  }
  if (count === 0) throw new AdaptError("anchor set", "it has no pictures: give at least one batch");
  for (const sum of sums.values()) for (const index of sum.keys()) sum[index]! /= count;
  return sums;
}

/** How EATA learns. */
export interface EataOptions {
  readonly logits: string;
  readonly optimizer: Optimizer;
  readonly rate: number;
  readonly classes: number;
  /** How parameters are held where they were. */
  readonly anchor: { readonly fisher: Tensors; readonly weight: number };
}

/** EATA: learns from each batch as it comes what is safe and new in it. */
export class Eata {
  readonly #learner: Learner;
  readonly #options: EataOptions;
  readonly #source: Tensors;
  #lately: Float32Array;

  /** Parameters are held where the learner has them now. */
  constructor(learner: Learner, options: EataOptions) {
    this.#learner = learner;
    this.#options = options;
    this.#source = new Map([...learner.parameters].map(([name, values]) => [name, values.slice()]));
    this.#lately = new Float32Array(options.classes);
  }

  /** One step; none where no sample is kept. */
  async adapt(batch: DataOf): Promise<Adapted & { readonly kept: number }> {
    const { logits, optimizer, rate, classes } = this.#options;
    const feeds = { ...batch, [names.lately]: { dims: [classes], values: this.#lately } };
    const pass = await this.#learner.pass(feeds, [logits, names.kept, names.meanKept]);
    const kept = pass.outputs[names.kept]![0]!;
    if (kept === 0) return { loss: 0, logits: pass.outputs[logits]!, kept };
    this.#remember(pass.outputs[names.meanKept]!);
    const held = this.#hold(pass.gradients);
    this.#learner.move(optimizer, pass.gradients, rate);
    return { loss: pass.loss + held, logits: pass.outputs[logits]!, kept };
  }

  #remember(meanKept: Float32Array): void {
    const first = this.#lately.every((value) => value === 0);
    this.#lately = first ? meanKept : this.#lately.map((value, index) => 0.9 * value + 0.1 * meanKept[index]!);
  }

  /** Adds the slope of weight * sum F (theta - theta0)^2 to the gradients; its value. */
  #hold(gradients: Tensors): number {
    const { fisher, weight } = this.#options.anchor;
    let value = 0;
    for (const [name, gradient] of gradients) {
      const [now, was, importance] = [this.#learner.parameters.get(name)!, this.#source.get(name)!, fisher.get(name)];
      if (importance === undefined) continue;
      for (let index = 0; index < gradient.length; index++) {
        const pull = weight * importance[index]! * (now[index]! - was[index]!);
        value += pull * (now[index]! - was[index]!);
        gradient[index]! += 2 * pull;
      }
    }
    return value;
  }
}
