import { describe, expect, test } from "@jest/globals";
import { input, type Input, type Value } from "../graph/expression.ts";
import { modelOf, type Model, type Output } from "../graph/graph.ts";
import { add, conv, multiply, reduce, relu, reshape, spatialMean } from "../graph/operators.ts";
import { inferTypes } from "../graph/shapes/infer.ts";
import { applicationsOf } from "../graph/topology.ts";
import { gradients } from "./gradients.ts";
import { evaluator, type Fed } from "./oracle/evaluate.ts";
import { onePass, twoPasses } from "./passes.ts";

const image = input("image", "float32", ["N", 2, 4, 4]);
const weight = input("weight", "float32", [3, 2, 3, 3]);
const scale = input("scale", "float32", ["N", 1]);
const inputs: readonly Input[] = [image, weight, scale];

const hidden = relu(conv(image, weight, undefined, { border: [1, 1, 1, 1] }));
const features = multiply(spatialMean(hidden), scale);
const loss = reduce("Mean", features, { opset: 18 });

const model: Model = modelOf(
  { name: "step", inputs, outputs: [{ name: "loss", value: loss, type: "float32", dims: [] }] },
  { opset: 18, irVersion: 8, producer: "facefleet" },
);
const types = inferTypes(model);

const derive = (of: Value, seed?: Input): readonly Output[] => {
  const found = gradients({ of, wrt: [image, weight], types, opset: 18, ...(seed && { seed }) });
  return [...found].map(([value, gradient]) => ({
    name: `gradient.${(value as Input).name}`,
    value: gradient,
    type: "float32",
  }));
};

const wave = (...dims: number[]): Fed => {
  const size = dims.reduce((product, dim) => product * dim, 1);
  return { dims, values: Array.from({ length: size }, (_, index) => Math.sin(1 + 3 * index)) };
};
const feeds = { image: wave(2, 2, 4, 4), weight: wave(3, 2, 3, 3), scale: wave(2, 1) };

describe("a forward and a backward pass", () => {
  const derived = derive(loss);

  test("as one graph gives the loss and the gradients", async () => {
    const results = await (await evaluator(onePass({ model, derived }))).run(feeds);
    expect(Object.keys(results)).toEqual(["loss", "gradient.image", "gradient.weight"]);
  });

  test("as two models gives the same", async () => {
    const { forward, backward, activations } = twoPasses({ model, derived, types });
    const whole = await (await evaluator(onePass({ model, derived }))).run(feeds);
    const first = await (await evaluator(forward)).run(feeds);
    const handed = backward.graph.inputs.map(({ name }) => [name, feedFor(name, first)] as const);
    const second = await (await evaluator(backward)).run(Object.fromEntries(handed));
    expect({ ...second, loss: first.loss }).toEqual(whole);
    expect(Object.keys(first)).toEqual(["loss", ...activations]);
  });

  test("as two models hands over only what the backward pass reads", () => {
    const { backward, activations } = twoPasses({ model, derived, types });
    expect(backward.graph.inputs.map(({ name }) => name).sort()).toEqual(
      [...activations, ...inputs.map(({ name }) => name)].sort(),
    );
    const convolutions = applicationsOf(backward.graph).filter(({ opType }) => opType === "Conv");
    const kernels = convolutions.map(({ inputs: [, kernel] }) => kernel);
    expect(kernels).toHaveLength(2); // for the gradients of the image and of the weight
    expect(kernels).not.toContainEqual(weight); // and none is that of the forward pass again
    const large = backward.graph.inputs.filter(({ type, dims }) => type === "float32" && dims?.length === 4);
    expect(large.map(({ name }) => name).sort()).toEqual([activations[0], "image", "weight"]);
  });

  test("as one graph takes what the backward pass alone reads", async () => {
    const seed = input("seed", "float32", []);
    const step = onePass({ model, derived: derive(loss, seed) });
    expect(step.graph.inputs).toEqual([...inputs, seed]);
    const twice = await (await evaluator(step)).run({ ...feeds, seed: { dims: [], values: [2] } });
    const once = await (await evaluator(onePass({ model, derived }))).run(feeds);
    expect(twice["gradient.weight"]).toEqual(once["gradient.weight"]!.map((value) => 2 * value));
  });

  test("hands over shapes where only they are read", () => {
    const flat = reshape(add(hidden, hidden), [-1]);
    const model = modelOf(
      { name: "flat", inputs, outputs: [{ name: "y", value: flat, type: "float32", dims: ["K"] }] },
      { opset: 18, irVersion: 8, producer: "facefleet" },
    );
    const types = inferTypes(model);
    const found = gradients({ of: flat, wrt: [hidden], types, opset: 18 }).get(hidden)!;
    const { forward } = twoPasses({ model, derived: [{ name: "d", value: found, type: "float32" }], types });
    expect(
      forward.graph.outputs.slice(1).map(({ value }) => value.kind === "Result" && value.application.opType),
    ).toEqual(["Shape"]);
  });

  /** What was handed over, in the shape that it has. */
  function feedFor(name: string, first: Readonly<Record<string, readonly number[]>>): Fed {
    if (name in feeds) return feeds[name as keyof typeof feeds];
    const values = first[name]!;
    const dims = values.length === 2 * 3 * 16 ? [2, 3, 4, 4] : [values.length];
    return { dims, values };
  }
});
