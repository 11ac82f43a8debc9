import { describe, expect, test } from "@jest/globals";
import { Adam } from "../autodiff/optimizers/adam.ts";
import { applyMany, float, input } from "../graph/expression.ts";
import { modelOf, type Model } from "../graph/graph.ts";
import { numbers } from "../graph/literals.ts";
import { inferTypes } from "../graph/shapes/infer.ts";
import { checkForTensorRT } from "../graph/tensorrt/check.ts";
import { releases, type TensorRTVersion } from "../graph/tensorrt/release.ts";
import { buildEataStep } from "./eata.ts";
import { openEvaluator } from "./evaluator.ts";
import { computeStatistics } from "./explicit-statistics.ts";
import { Learner } from "./learner.ts";
import { batchSize, classes, readOracle, shifted, smallNetwork } from "./small-network.fake.ts";
import type { Step } from "./step.ts";
import { buildTentStep } from "./tent.ts";

const network = smallNetwork(await readOracle());
const shared = { logits: "logits", classes, sizes: { N: batchSize } };
const steps: readonly (readonly [string, Step])[] = [
  ["TENT", buildTentStep(network, shared)],
  ["EATA", buildEataStep(network, { ...shared, similarityMargin: 0.6 })],
];
const versions = Object.keys(releases) as TensorRTVersion[];
const problems = (model: Model, version: TensorRTVersion) => checkForTensorRT(model, inferTypes(model), version);

describe.each(steps)("a step of %s with the statistics of the batch computed", (_, step) => {
  const model = computeStatistics(step.model);

  test.each(versions)("is taken by TensorRT %s, which does not take it as it was", (version) => {
    expect(problems(step.model, version)).not.toEqual([]);
    expect(problems(model, version)).toEqual([]);
  });

  test("gives the same loss and gradients", async () => {
    const lately = { "eata.lately": { dims: [classes], values: new Float32Array(classes).fill(0.1) } };
    const feeds = { image: shifted(0).data, ...(step.model.graph.inputs.some(({ name }) => name in lately) && lately) };
    const pass = async (of: Model) => {
      await using evaluator = await openEvaluator(of, { threads: 1 });
      const learner = new Learner({ ...step, model: of }, evaluator);
      const { loss, gradients } = await learner.pass(feeds);
      learner.move(new Adam(), gradients, 1e-3);
      return { loss, gradients, parameters: learner.parameters };
    };
    const [before, after] = [await pass(step.model), await pass(model)];
    expect(after.loss).toBeCloseTo(before.loss, 5);
    for (const [name, gradient] of before.gradients) {
      const largest = Math.max(...gradient.map(Math.abs));
      const distance = Math.max(
        ...gradient.map((slope, place) => Math.abs(slope - after.gradients.get(name)![place]!)),
      );
      expect(distance).toBeLessThanOrEqual(1e-4 * largest);
    }
  });
});

test("what BatchNormalization remembers after the batch stays the same", async () => {
  const x = input("x", "float32", [4, 2]);
  const given = [
    [1, 2],
    [0.5, -1],
    [3, -3],
    [2, 5],
  ].map((values) => numbers("float32", [2], values));
  const attributes = { training_mode: 1, momentum: float(0.75) };
  const outputs = applyMany("BatchNormalization", [x, ...given], attributes, 3).map(
    (value, index) => ({ name: `o${index}`, value, type: "float32" }) as const,
  );
  const model = modelOf({ name: "m", inputs: [x], outputs }, { opset: 17, irVersion: 8, producer: "facefleet" });
  const run = async (of: Model) => {
    await using evaluator = await openEvaluator(of, { threads: 1 });
    const values = Float32Array.of(1, 2, 3, 5, -1, 0, 4, 8);
    const found = await evaluator.run({ x: { dims: [4, 2], values } }, ["o0", "o1", "o2"]);
    return Object.values(found).flatMap((array) => [...array]);
  };
  const [before, after] = [await run(model), await run(computeStatistics(model))];
  expect(after).toHaveLength(before.length);
  for (const [place, value] of before.entries()) expect(after[place]).toBeCloseTo(value, 5);
});

test("an activation of unknown rank is refused by name", () => {
  const { info: _, ...x } = input("x", "float32", [4, 2]);
  const open = { ...x, dims: undefined };
  const vectors = [1, 0, 0, 1].map((value) => numbers("float32", [2], [value, value]));
  const [y] = applyMany("BatchNormalization", [open, ...vectors], { training_mode: 1 }, 3);
  const outputs = [{ name: "y", value: y!, type: "float32" }] as const;
  const model = modelOf({ name: "m", inputs: [open], outputs }, { opset: 17, irVersion: 8, producer: "facefleet" });
  expect(() => computeStatistics(model)).toThrow(/the rank of what it normalizes is not known/);
});
