import { describe, expect, test } from "@jest/globals";
import { apply, application, constant, float, input, type Input, type Value } from "../graph/expression.ts";
import { modelOf, type Model } from "../graph/graph.ts";
import { add, greater, linear, reduce, spatialMean } from "../graph/operators.ts";
import { number } from "../graph/literals.ts";
import { tensor } from "../graph/tensor.ts";
import { AdaptError } from "./adapt-error.ts";
import { normalizeByBatch } from "./batch-statistics.ts";
import { measureFisher, buildFisherStep } from "./eata.ts";
import { openEvaluator } from "./evaluator.ts";
import { Learner } from "./learner.ts";
import { parametersOf } from "./parameters.ts";
import { noise } from "./small-network.fake.ts";
import { buildStep, type Objective } from "./step.ts";
import { buildTentStep, evenWeights } from "./tent.ts";

const opset = 17;
const floats = (name: string, dims: readonly number[], seed: number): Value =>
  constant(
    tensor(
      name,
      "float32",
      dims,
      Float32Array.from(
        noise(
          dims.reduce((a, b) => a * b),
          seed,
        ),
      ),
    ),
  );
const ones = (name: string, count: number): Value =>
  constant(tensor(name, "float32", [count], new Float32Array(count).fill(1)));
const [scale, shift, mean, variance] = [
  ones("scale", 3),
  floats("shift", [3], 1),
  floats("mean", [3], 2),
  ones("variance", 3),
];
const normalized = (x: Value): Value =>
  apply("BatchNormalization", [x, scale, shift, mean, variance], { epsilon: float(1e-3) });
const head = (x: Value): Value => linear(spatialMean(x), floats("weight", [3, 4], 4), floats("bias", [4], 5));

function model(build: (x: Input) => Value, names = { input: "image", output: "logits" }): Model {
  const x = input(names.input, "float32", ["N", 3, 6, 6]);
  const outputs = [{ name: names.output, value: build(x), type: "float32" as const }];
  return modelOf({ name: "small", inputs: [x], outputs }, { opset, irVersion: 8, producer: "facefleet" });
}

const batch = { dims: [4, 3, 6, 6], values: Float32Array.from(noise(4 * 3 * 36, 9)) };

/** Half the square of what the model says. */
const squares =
  (output: string) =>
  (outputs: ReadonlyMap<string, Value>): Objective => {
    const y = outputs.get(output)!;
    const losses = reduce("SumSquare", y, { axes: [1], opset });
    return { losses, weights: evenWeights(losses) };
  };

const passOf = async (step: ReturnType<typeof buildStep>, feed: string) => {
  await using evaluator = await openEvaluator(step.model, { threads: 1 });
  return await new Learner(step, evaluator).pass({ [feed]: batch });
};

test("normalizations that share a scale and a shift learn their own", async () => {
  const step = buildTentStep(
    model((x) => head(normalized(normalized(x)))),
    { logits: "logits" },
  );
  expect(step.parameters).toHaveLength(4);
  const { gradients } = await passOf(step, "image");
  const [first, , second] = step.parameters.map(({ name }) => gradients.get(name)!);
  expect(first).not.toEqual(second);
});

test("a network that normalizes by layers has something to learn", () => {
  const layered = model((x) => {
    const wide = ones("gain", 6);
    return head(apply("LayerNormalization", [x, wide, floats("offset", [6], 6)], { axis: -1 }));
  });
  expect(buildTentStep(layered, { logits: "logits" }).parameters.map(({ name }) => name)).toEqual(["gain", "offset"]);
});

test("a normalization in the branch of an If stays as it is", () => {
  const inIf = model((x) => {
    const outer: Value = { kind: "Outer", value: x };
    const branch = (value: Value) => ({ name: "", inputs: [], outputs: [{ name: "y", value }] });
    const bodies = [
      { attribute: "then_branch", graph: branch(normalized(outer)) },
      { attribute: "else_branch", graph: branch(apply("Identity", [outer])) },
    ];
    const [chosen] = application({
      opType: "If",
      inputs: [greater(reduce("Max", x, { opset, keep: false }), number("float32", 0))],
      bodies,
    }).results;
    return head(normalized(chosen!));
  });
  expect(normalizeByBatch(inIf).moments).toHaveLength(1);
});

test("names that the model has are left to it", async () => {
  const taken = model((x) => head(normalized(x)), { input: "gradient.scale", output: "loss" });
  const step = buildStep(taken, { parameters: parametersOf(taken.graph), objective: squares("loss") });
  const { loss, gradients, outputs } = await passOf(step, "gradient.scale");
  expect(step.loss).not.toBe("loss");
  expect(loss).toBe(outputs[step.loss]![0]);
  expect(gradients.get("scale")).toHaveLength(3);
});

describe("a step is refused", () => {
  const given = model((x) => head(normalized(x)));
  const other = model((x) => head(normalized(add(x, floats("offset", [3, 1, 1], 7)))));
  const foreign = parametersOf(other.graph).filter(({ name }) => name === "offset");
  const named = parametersOf(given.graph).map((parameter) => ({ ...parameter, name: "image" }));
  test.each([
    [
      "for parameters of another model",
      () => buildStep(given, { parameters: foreign, objective: squares("logits") }),
      /parameter offset: it is not of this model/,
    ],
    [
      "for a parameter named as an input",
      () => buildStep(given, { parameters: named, objective: squares("logits") }),
      /parameter image: another one, or an input/,
    ],
    [
      "for a network without a normalization",
      () => buildTentStep(model(head), { logits: "logits" }),
      /no normalization with a constant scale/,
    ],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(AdaptError);
    expect(act).toThrow(message);
  });
});

test("what no picture has measured is no Fisher information", async () => {
  const step = buildFisherStep(
    model((x) => head(normalized(x))),
    { logits: "logits", classes: 4 },
  );
  await using evaluator = await openEvaluator(step.model, { threads: 1 });
  await expect(measureFisher(new Learner(step, evaluator), [])).rejects.toThrow(/anchor set: it has no pictures/);
});
