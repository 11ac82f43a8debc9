import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { networks, type NetworkName } from "../../../hack/models/networks.ts";
import { convertNetwork } from "../../../hack/models/build-models.ts";
import { arbitraryModel } from "../arbitrary-model.fake.ts";
import { decodeModel } from "../codec/decode.ts";
import { encodeModel } from "../codec/encode.ts";
import { apply, applyMany, float } from "../expression.ts";
import { integers, numbers } from "../literals.ts";
import { readModel } from "../read.ts";
import { inferTypes } from "../shapes/infer.ts";
import { checkForTensorRT } from "./check.ts";
import { versions } from "./release.ts";
import { all, before11, choice, image, modelWith, outer, problemsOf, repeated, sequence, tell } from "./story.fake.ts";

const weight = repeated("float32", [8, 8, 1, 1], 0.5);

describe("TensorRT's parser takes", () => {
  tell([
    { name: "a convolution and its activation", made: [apply("Relu", [apply("Conv", [image, weight])])] },
    { name: "pooling in one dimension", made: [apply("MaxPool", [sequence], { kernel_shape: [2] })] },
    {
      name: "doubles, which it reads as floats",
      made: [apply("Relu", [apply("Constant", [], { value: { tensor: numbers("float64", [2], [1, 2]).tensor } })])],
    },
  ]);
});

describe("TensorRT's parser does not take", () => {
  tell([
    {
      name: "a convolution of integers",
      made: [apply("ConvInteger", [repeated("uint8", [1, 8, 4, 4], 1), repeated("uint8", [8, 8, 1, 1], 1)])],
      says: all(/^ConvInteger ".*": TensorRT .* does not have it; put QuantizeLinear/),
    },
    {
      name: "quantization that is chosen at every picture",
      made: applyMany("DynamicQuantizeLinear", [image], {}, 3),
      says: all(/does not have it; quantize with calibrated scales/),
    },
    {
      name: "Gelu before it was an operator of the parser",
      made: [apply("Gelu", [image])],
      opset: 20,
      says: { "10.3": /Gelu ".*": TensorRT 10.3 does not have it; write it as x\/2/ },
    },
    {
      name: "Swish before it was an operator of the parser",
      made: [apply("Swish", [image])],
      opset: 24,
      says: before11(/Swish ".*": TensorRT 10.* does not have it; write it as x Sigmoid/),
    },
    {
      name: "an operator set of tomorrow",
      made: [apply("Relu", [image])],
      opset: 26,
      says: all(/^the model: it is written against opset 26, TensorRT .* reads 9 to \d+; export it with opset 17/),
    },
    {
      name: "an operator of another domain",
      made: [apply("BiasGelu", [image, repeated("float32", [14], 1)], {}, { domain: "com.microsoft" })],
      says: all(/the domain com.microsoft is not read without a plugin/),
    },
    {
      name: "arithmetic of bytes",
      made: [apply("Max", [apply("Cast", [image], { to: 2 })])],
      says: all(/Max ".*": it is not taken for uint8; put a Cast to int32 before it/),
    },
    {
      name: "a convolution of doubles of truths",
      made: [apply("Sigmoid", [apply("Cast", [image], { to: 9 })])],
      says: all(/Sigmoid ".*": it is not taken for bool; put a Cast to float32/),
    },
    {
      name: "nine dimensions",
      made: [apply("Unsqueeze", [image, integers([4, 5, 6, 7, 8])])],
      says: all(/9 dimensions, TensorRT has at most 8; merge dimensions by Reshape/),
    },
  ]);
});

test("every problem names a node, a remedy and where that was read", () => {
  const channels = repeated("float32", [8], 1);
  const [normalized] = applyMany(
    "BatchNormalization",
    [image, channels, channels, channels, channels],
    { training_mode: 1 },
    3,
  );
  const model = modelWith([apply("LeakyRelu", [normalized], { alpha: float(0.1) })]);
  const problems = checkForTensorRT(model, inferTypes(model), "10.3");
  expect(problems).toHaveLength(2);
  for (const problem of problems)
    expect(problem).toEqual({
      node: expect.stringMatching(/./),
      opType: "BatchNormalization",
      problem: expect.stringMatching(/./),
      remedy: expect.stringMatching(/./),
      source: { title: expect.stringMatching(/./), url: expect.stringMatching(/^https:/) },
    });
});

test("nodes in bodies are checked", () => {
  const places = applyMany("MaxPool", [outer(image)], { kernel_shape: [1, 1] }, 2)[1];
  const model = modelWith(choice([apply("Cast", [places], { to: 1 })], [outer(image)]));
  expect(problemsOf(model, "11")).toEqual([expect.stringMatching(/output 2 is used/)]);
});

test("whatever a model is made of, what is said of it has a place, a remedy and a source", () => {
  fc.assert(
    fc.property(fc.gen(), fc.constantFrom(...versions), (generate, version) => {
      const model = readModel(
        decodeModel(encodeModel(arbitraryModel((below) => generate(fc.nat, { max: below - 1 })))),
      );
      for (const { node, problem, remedy, source } of checkForTensorRT(model, inferTypes(model), version))
        expect([node, problem, remedy, source.url].every((text) => text !== undefined && text !== "")).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test.each(Object.keys(networks) as NetworkName[])("each release takes the pretrained %s", async (name) => {
  const model = readModel(decodeModel(encodeModel(await convertNetwork(name))));
  for (const version of versions) expect(problemsOf(model, version)).toEqual([]);
});
