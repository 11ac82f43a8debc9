import { describe, expect, test } from "@jest/globals";
import { Adam } from "../autodiff/optimizers/adam.ts";
import { Sgd } from "../autodiff/optimizers/sgd.ts";
import { foldNormalizations } from "../graph/clean/normalization.ts";
import type { Model } from "../graph/graph.ts";
import { AdaptError } from "./adapt-error.ts";
import { makeAdaptable } from "./adaptable.ts";
import { measureStatistics } from "./anchor-statistics.ts";
import { Eata, buildEataStep, buildFisherStep, measureFisher } from "./eata.ts";
import { openEvaluator, type DataOf } from "./evaluator.ts";
import { Learner } from "./learner.ts";
import { findPoints } from "./point.ts";
import { restoreNormalizations } from "./restored.ts";
import {
  batchSize,
  classes,
  countErrors,
  draw,
  readOracle,
  shifted,
  smallNetwork,
  steps,
} from "./small-network.fake.ts";
import { buildStep, type Step } from "./step.ts";
import { Tent, buildTentStep, type Adapted } from "./tent.ts";

const oracle = await readOracle();
const model = smallNetwork(oracle);
const stream = Array.from({ length: steps }, (_, step) => shifted(step));
/** Once with the batch size known, so that the gradients have it as a number, and once with it left open. */
const sizes = [
  ["of a known size", { N: batchSize }],
  ["of any size", {}],
] as const;

const open = async (step: Step) => {
  const evaluator = await openEvaluator(step.model, { threads: 1 });
  return { learner: new Learner(step, evaluator), evaluator };
};

async function adaptAll(adapt: (batch: DataOf) => Promise<Adapted>): Promise<{ losses: number[]; errors: number }> {
  const losses: number[] = [];
  let errors = 0;
  for (const { data, labels } of stream) {
    const { loss, logits } = await adapt({ image: data });
    losses.push(loss);
    errors += countErrors(logits, labels);
  }
  return { losses, errors };
}

/** The largest relative difference of the loss, and that of the error rate in points. */
const distance = (
  ours: Awaited<ReturnType<typeof adaptAll>>,
  theirs: { losses: readonly number[]; errors: number },
) => ({
  loss: Math.max(...theirs.losses.map((loss, step) => Math.abs(ours.losses[step]! - loss) / Math.max(loss, 1e-6))),
  error: (100 * Math.abs(ours.errors - theirs.errors)) / (steps * batchSize),
});

test("the network errs on the shifted stream as PyTorch's does, so that there is something to adapt", async () => {
  const step = buildTentStep(model, { logits: "logits" });
  await using evaluator = await openEvaluator(model, { threads: 1 });
  let errors = 0;
  for (const { data, labels } of stream)
    errors += countErrors((await evaluator.run({ image: data }, ["logits"])).logits!, labels);
  expect(errors).toBe(oracle.sourceErrors);
  expect(oracle.tent.errors).toBeLessThan(0.8 * errors);
  expect(step.gradients.size).toBe(6);
});

/** The network with its normalizations folded and put back, from what they were measured to be. */
async function restored(): Promise<Model> {
  const folded = foldNormalizations(model).model;
  const adaptable = makeAdaptable(folded);
  await using evaluator = await openEvaluator(adaptable.model, { threads: 1 });
  const batches = [0, 1, 2, 3].map((index) => draw(batchSize, 9000 + index).data);
  return restoreNormalizations(folded, await measureStatistics(adaptable, evaluator, { input: "image", batches }));
}

const networks = [
  { name: "as it was", network: model, theirs: oracle },
  { name: "folded and restored", network: await restored(), theirs: oracle.restored },
];

describe.each(networks)("fifty steps with the network $name follow PyTorch, batches", ({ network, theirs }) => {
  test.each(sizes)("of TENT, %s", async (_, known) => {
    const { learner, evaluator } = await open(buildTentStep(network, { logits: "logits", sizes: known }));
    await using _closing = evaluator;
    const tent = new Tent(learner, { logits: "logits", optimizer: new Adam(), rate: 1e-3 });
    const { loss, error } = distance(await adaptAll((batch) => tent.adapt(batch)), theirs.tent);
    expect(loss).toBeLessThan(1e-3);
    expect(error).toBeLessThan(0.3);
  });

  test.each(sizes)("of EATA, %s", async (_, known) => {
    const shared = { logits: "logits", classes, sizes: known };
    const fishers = await open(buildFisherStep(network, shared));
    const clean = [0, 1, 2, 3].map((index) => ({ image: draw(batchSize, 8000 + index).data }));
    const fisher = await measureFisher(fishers.learner, clean);
    await fishers.evaluator[Symbol.asyncDispose]();
    const { learner, evaluator } = await open(buildEataStep(network, { ...shared, similarityMargin: 0.6 }));
    await using _closing = evaluator;
    const eata = new Eata(learner, {
      logits: "logits",
      classes,
      optimizer: new Sgd({ momentum: 0.9 }),
      rate: 0.02,
      anchor: { fisher, weight: 200 },
    });
    const kept: number[] = [];
    const found = await adaptAll(async (batch) => {
      const adapted = await eata.adapt(batch);
      kept.push(adapted.kept);
      return adapted;
    });
    const { loss, error } = distance(found, theirs.eata);
    expect(kept).toEqual(theirs.eata.kept);
    expect(loss).toBeLessThan(1e-3);
    expect(error).toBeLessThan(0.3);
    // In the order of computation, which is PyTorch's: names differ where normalizations were put back.
    for (const [place, moved] of Object.values(theirs.eata.moved).entries()) {
      const { name, values } = learner.step.parameters[place]!;
      for (const [index, expected] of moved.entries())
        expect(learner.parameters.get(name)![index]! - values[index]!).toBeCloseTo(expected, 4);
    }
  });
});

describe("normalizations are not put back", () => {
  const folded = foldNormalizations(model).model;
  const [first] = findPoints(folded.graph).values();
  const short = { mean: new Float32Array(2), variance: new Float32Array(2) };
  test.each([
    ["where none was folded", model, new Map(), /no normalization was folded/],
    ["without their statistics", folded, new Map(), /its statistics are not given/],
    ["from statistics of fewer channels", folded, new Map([[first!.name, short]]), /8 channels, its statistics 2/],
  ])("%s", (_, network, statistics, message) => {
    expect(() => restoreNormalizations(network, statistics)).toThrow(AdaptError);
    expect(() => restoreNormalizations(network, statistics)).toThrow(message);
  });
});

test("a network with its normalizations put back gives what the folded one gives", async () => {
  const image = stream[0]!.data;
  const logits = async (network: Model) => {
    await using evaluator = await openEvaluator(network, { threads: 1 });
    return (await evaluator.run({ image }, ["logits"])).logits!;
  };
  const [before, after] = [await logits(foldNormalizations(model).model), await logits(networks[1]!.network)];
  const largest = Math.max(...before.map(Math.abs));
  expect(Math.max(...before.map((value, place) => Math.abs(value - after[place]!)))).toBeLessThan(1e-5 * largest);
});

test("where EATA keeps no sample nothing moves", async () => {
  const step = buildEataStep(model, { logits: "logits", classes, similarityMargin: 0.6, entropyMargin: -1 });
  const { learner, evaluator } = await open(step);
  await using _closing = evaluator;
  const anchor = { fisher: new Map<string, Float32Array>(), weight: 1 };
  const eata = new Eata(learner, { logits: "logits", classes, optimizer: new Sgd(), rate: 1, anchor });
  expect(await eata.adapt({ image: stream[0]!.data })).toMatchObject({ loss: 0, kept: 0 });
  for (const { name, values } of step.parameters) expect(learner.parameters.get(name)).toEqual(values);
});

test("a step of a known size takes no other", async () => {
  const { learner, evaluator } = await open(buildTentStep(model, { logits: "logits", sizes: { N: batchSize } }));
  await using _closing = evaluator;
  await expect(learner.pass({ image: draw(3, 1).data })).rejects.toThrow(/dimension/);
});

const noObjective = (): never => {
  throw new Error("there is nothing to ask an objective for");
};

describe("a step is refused", () => {
  test.each([
    ["for an output that the model does not have", () => buildTentStep(model, { logits: "scores" }), /it has logits, /],
    [
      "without anything to learn",
      () => buildStep(model, { parameters: [], objective: noObjective }),
      /no parameters to learn/,
    ],
    [
      "in an opset without a training mode",
      () => buildTentStep(smallNetwork(oracle, 13), { logits: "logits" }),
      /opset is 13, and BatchNormalization by the batch needs 14/,
    ],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(AdaptError);
    expect(act).toThrow(message);
  });
});
