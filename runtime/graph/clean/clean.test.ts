import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { arbitraryModel, vectorLength } from "../arbitrary-model.fake.ts";
import { decodeModel } from "../codec/decode.ts";
import { encodeModel } from "../codec/encode.ts";
import {
  application,
  apply,
  applyMany,
  constant,
  float,
  input,
  type Input,
  type Result,
  type Value,
} from "../expression.ts";
import { modelOf, type Graph, type Model } from "../graph.ts";
import { integers, number, numbers } from "../literals.ts";
import { add, conv, divide, multiply, relu, subtract, transpose } from "../operators.ts";
import { readModel } from "../read.ts";
import { tensor, valuesOf } from "../tensor.ts";
import { applicationsOf } from "../topology.ts";
import { writeModel } from "../write.ts";
import { cleanAndFold, cleanModel } from "./clean.ts";
import { evaluateInOnnxRuntime as evaluate } from "./evaluate.ts";
import { foldConstants } from "./fold.ts";
import { foldNormalizations, insertAffines, neutralAffine, outputStatistics } from "./normalization.ts";

const x = input("x", "float32", [2, 3, 4, 4]);
const size = 2 * 3 * 4 * 4;
const modelFor = (...values: Value[]): Model => {
  const outputs = values.map((value, index) => ({ name: `y${index}`, value }));
  return modelOf({ name: "g", inputs: [x], outputs }, { opset: 17, irVersion: 8, producer: "test" });
};
const operatorsOf = (graph: Graph): string[] => applicationsOf(graph).map(({ opType }) => opType);
const clean = (...values: Value[]) => cleanModel(modelFor(...values), { evaluate });

async function run(model: Model, dims = x.dims as number[]): Promise<Float32Array[]> {
  const session = await InferenceSession.create(encodeModel(writeModel(model)), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
    graphOptimizationLevel: "disabled",
  });
  const elements = dims.reduce((product, dim) => product * dim, 1);
  const given = new Tensor(
    "float32",
    Float32Array.from({ length: elements }, (_, i) => Math.sin(i * 1.7)),
    dims,
  );
  const results = await session.run({ [model.graph.inputs[0]!.name]: given });
  await session.release();
  return model.graph.outputs.map(({ name }) => results[name]!.data as Float32Array);
}

const floats = (dims: number[], at: (index: number) => number) =>
  numbers(
    "float32",
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => at(i)),
  );
const ones = floats([3, 1, 1], () => 1);

interface Story {
  readonly of: Value;
  readonly leaves: readonly string[];
}

const noOpStories: Readonly<Record<string, Story>> = {
  Identity: { of: apply("Identity", [relu(x)]), leaves: ["Relu"] },
  "Dropout, whose mask nobody reads": { of: applyMany("Dropout", [x, number("float32", 0.5)], {}, 2)[0]!, leaves: [] },
  "Dropout that is told not to train": {
    of: apply("Dropout", [x, number("float32", 0.5), number("bool", 0)]),
    leaves: [],
  },
  "Cast to the type that is there": { of: apply("Cast", [x], { to: 1 }), leaves: [] },
  "Cast to the type of what has the same": { of: apply("CastLike", [x, number("float32", 1)]), leaves: [] },
  "Reshape to the shape that is there": { of: apply("Reshape", [relu(x), integers([2, 3, -1, 4])]), leaves: ["Relu"] },
  "Expand to the shape that is there": { of: apply("Expand", [x, integers([3, 1, 1])]), leaves: [] },
  "Transpose to the order that is there": { of: transpose(x, [0, 1, 2, 3]), leaves: [] },
  "Transpose there and back": { of: transpose(transpose(x, [0, 2, 3, 1]), [0, 3, 1, 2]), leaves: [] },
  "two Transposes that are one": { of: transpose(transpose(x, [1, 0, 2, 3]), [0, 2, 1, 3]), leaves: ["Transpose"] },
  "Concat of one": { of: apply("Concat", [x], { axis: 0 }), leaves: [] },
  "Pad by nothing": { of: apply("Pad", [x, integers([0, 0, 0, 0, 0, 0, 0, 0])]), leaves: [] },
  "a factor of one": { of: multiply(x, ones), leaves: [] },
  "a divisor of one": { of: divide(x, number("float32", 1)), leaves: [] },
  "zero taken away": { of: subtract(x, number("float32", 0)), leaves: [] },
  "Relu of Relu": { of: relu(relu(x)), leaves: ["Relu"] },
  "Neg of Neg": { of: apply("Neg", [apply("Neg", [x])]), leaves: [] },
  "Constant nodes": {
    of: add(x, apply("Constant", [], { value: { tensor: ones.tensor } })),
    leaves: ["Add"],
  },
  "what becomes a no-op once another is gone": {
    of: transpose(apply("Identity", [transpose(x, [0, 2, 3, 1])]), [0, 3, 1, 2]),
    leaves: [],
  },
  "the shape of what has one": {
    of: apply("Reshape", [
      x,
      apply("Concat", [apply("Gather", [apply("Shape", [x]), integers([0])]), integers([-1])], { axis: 0 }),
    ]),
    leaves: ["Reshape"],
  },
  "arithmetic of constants": { of: add(x, relu(multiply(ones, number("float32", -2)))), leaves: ["Add"] },
  "constants beyond the numbers of JavaScript": {
    of: apply("Slice", [
      x,
      apply("Constant", [], { value_ints: [1, 0] }),
      apply("Concat", [constant(tensor("end", "int64", [1], BigInt64Array.of(2n ** 63n - 1n))), integers([2])], {
        axis: 0,
      }),
    ]),
    leaves: ["Slice"],
  },
  "equal operators on equal values": { of: add(relu(x), relu(x)), leaves: ["Relu", "Add"] },
  "equal operators on equal constants": {
    of: subtract(add(x, number("float32", 3)), add(x, number("float32", 3))),
    leaves: ["Add", "Sub"],
  },
  // What follows stays.
  "a mask that is read": {
    of: apply("Cast", [applyMany("Dropout", [x], {}, 2)[1]!], { to: 1 }),
    leaves: ["Dropout", "Cast"],
  },
  "a factor of one that widens its other": {
    of: multiply(apply("ReduceMax", [x], { axes: [1], keepdims: 1 }), ones),
    leaves: ["ReduceMax", "Mul"],
  },
  "a negative zero taken away, which makes zeros positive": {
    of: apply("Reciprocal", [subtract(subtract(x, x), number("float32", -0))]),
    leaves: ["Sub", "Sub", "Reciprocal"],
  },
  "a Relu of another set": {
    of: apply("Abs", [apply("Neg", [x])]),
    leaves: ["Neg", "Abs"],
  },
  "Dequantize of a weight": {
    of: add(x, apply("DequantizeLinear", [numbers("int8", [1], [3]), number("float32", 0.5)])),
    leaves: ["DequantizeLinear", "Add"],
  },
};

describe("cleaning keeps every bit of the outputs, and of the operators", () => {
  test.each(Object.entries(noOpStories))("%s", async (_, { of, leaves }) => {
    const cleaned = await clean(of);
    expect(operatorsOf(cleaned.graph)).toEqual(leaves);
    expect(await run(cleaned)).toEqual(await run(modelFor(of)));
  });

  test("and the names of values that become constants", async () => {
    const weight = { tensor: { ...floats([3, 1, 1], (i) => i).tensor, name: "" } };
    const gamma = apply("Constant", [], { value: weight }, { name: "gamma" });
    const beta = apply("Constant", [], { value_float: float(2) }, { name: "beta" });
    const negated = apply("Neg", [apply("Exp", [beta])], {}, { name: "negated" });
    const rows = apply("Gather", [apply("Shape", [x]), integers([0])]);
    const target = apply("Concat", [rows, integers([-1])], { axis: 0 }, { name: "target" });
    const made = modelFor(add(multiply(x, gamma), beta), add(x, negated), apply("Reshape", [x, target]));
    const read = readModel(decodeModel(encodeModel(writeModel(made))));
    for (const model of [made, read]) {
      const { graph } = writeModel(await cleanModel(model, { evaluate }));
      expect(graph!.initializer!.map(({ name }) => name)).toEqual(["gamma", "beta", "negated", "target"]);
    }
  });

  test("nothing of what chance makes", async () => {
    const noise = (): Result => apply("RandomNormal", [], { shape: [1], dtype: 1 });
    const { graph } = await clean(add(noise(), noise()));
    expect(operatorsOf(graph)).toEqual(["RandomNormal", "RandomNormal", "Add"]);
  });

  test("whatever the model is made of", async () => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (generate) => {
        const file = encodeModel(arbitraryModel((below) => generate(fc.nat, { max: below - 1 })));
        const model = readModel(decodeModel(file));
        const cleaned = await cleanModel(model, { evaluate });
        expect(await run(cleaned, [vectorLength])).toEqual(await run(model, [vectorLength]));
        expect(applicationsOf(cleaned.graph).length).toBeLessThanOrEqual(applicationsOf(model.graph).length);
      }),
      { numRuns: 60 },
    );
  });
});

describe("an input that the caller may replace is not taken to be what it is by default", () => {
  const overridable = (name: string, of: ReturnType<typeof integers>) => ({
    ...input(name, of.tensor.dataType === 7 ? "int64" : of.tensor.dataType === 9 ? "bool" : "float32", of.tensor.dims),
    initial: of.tensor,
  });
  const factor = overridable("k", ones);
  const shape = overridable("s", integers([2, 3, 4, 4]));
  const pads = overridable("p", integers([0, 0, 0, 0, 0, 0, 0, 0]));
  const training = overridable("t", number("bool", 0));
  test.each<[string, Input, Value]>([
    ["a factor", factor, multiply(x, factor)],
    ["a shape", shape, apply("Reshape", [x, shape])],
    ["a shape whose product is read", shape, apply("ReduceProd", [shape], { keepdims: 0 })],
    ["pads", pads, apply("Pad", [x, pads])],
    ["a mode", training, apply("Dropout", [x, undefined, training])],
  ])("%s", async (_, given, value) => {
    const model = modelFor(value);
    const cleanedAt = async (irVersion: number) => {
      const graph = { ...model.graph, inputs: [x, given] };
      return operatorsOf((await cleanModel({ ...model, irVersion, graph }, { evaluate })).graph);
    };
    expect(await cleanedAt(8)).toEqual(operatorsOf(model.graph));
    // Before IR version 4 initializers were listed among the inputs, and are no inputs to ONNX Runtime.
    expect(await cleanedAt(3)).toEqual([]);
  });
});

describe("folding constants", () => {
  test("leaves what takes more than is allowed or lies in another file, and never asks for it", async () => {
    const huge = apply("ConstantOfShape", [integers([2 ** 20, 2 ** 20])]);
    const small = apply("ReduceSum", [apply("ConstantOfShape", [integers([8])])], { keepdims: 0 });
    const elsewhere = constant({ ...ones.tensor, rawData: new Uint8Array(0), dataLocation: 1 });
    const model = modelFor(apply("ReduceMax", [huge], { keepdims: 0 }), small, apply("Exp", [elsewhere]));
    const asked: string[][] = [];
    const folded = await foldConstants(model, {
      evaluate: (of) => {
        asked.push(operatorsOf(of.graph));
        return evaluate(of);
      },
      limit: 64,
    });
    expect(asked).toEqual([["ConstantOfShape", "ReduceSum"]]);
    expect(operatorsOf(folded.graph)).toEqual(["ConstantOfShape", "ReduceMax", "Exp"]);
  });

  const filled = (...dims: number[]) => apply("ConstantOfShape", [integers(dims)]);
  const total = (value: Value) => apply("ReduceSum", [value], { keepdims: 0 });
  const many = Array.from({ length: 20 }, (_, index) => total(filled(2 ** 18 - index)));
  const stories: Readonly<Record<string, { of: readonly Value[]; leaves: readonly string[] }>> = {
    "much larger than what it is made of": { of: [total(filled(2 ** 19))], leaves: ["ConstantOfShape", "ReduceSum"] },
    "large, of what is as large": { of: [total(apply("Neg", [floats([2 ** 19], Math.sin)]))], leaves: [] },
    "small, but one of too many": { of: many, leaves: many.slice(16).flatMap(() => ["ConstantOfShape", "ReduceSum"]) },
    "the product of large values": {
      of: [total(apply("MatMul", [filled(512, 512), filled(512, 512)]))],
      leaves: ["MatMul", "ReduceSum"],
    },
    "a window as large as what it slides over": {
      of: [total(apply("Conv", [filled(1, 1, 256, 256), filled(1, 1, 256, 256)], { pads: [128, 128, 128, 128] }))],
      leaves: ["Conv", "ReduceSum"],
    },
  };
  test.each(Object.entries(stories))("takes no more than a model is worth: what is %s", async (_, { of, leaves }) => {
    const folded = await foldConstants(modelFor(...of), { evaluate });
    expect(operatorsOf(folded.graph)).toEqual(leaves);
  });

  test("ends when it is told to, also while values are asked for one by one", async () => {
    const folding = (signal: AbortSignal, of: typeof evaluate) =>
      foldConstants(modelFor(relu(number("float32", 2))), { evaluate: of, signal });
    await expect(folding(AbortSignal.abort(new Error("enough")), evaluate)).rejects.toThrow("enough");
    const controller = new AbortController();
    const refused = [apply("NoSuchOperator", [ones]), relu(ones)];
    const asked: Promise<unknown> = evaluate(modelFor(...refused), controller.signal);
    controller.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
  });

  test("leaves what ONNX Runtime cannot compute, and folds the rest", async () => {
    const last = apply("ArgMax", [floats([9], (i) => i)], { axis: 0 });
    const outside = apply("Gather", [floats([3], Math.sin), last]);
    const folded = await foldConstants(modelFor(outside, relu(number("float32", 2))), { evaluate });
    expect(operatorsOf(folded.graph)).toEqual(["ArgMax", "Gather"]);
  });

  test("does not take the value of an input that the caller may replace for its value", async () => {
    const shape = { ...input("shape", "int64", [2]), initial: integers([6, 16]).tensor };
    const y = apply("Reshape", [x, shape]);
    const graph: Graph = { name: "g", inputs: [x, shape], outputs: [{ name: "y", value: apply("Shape", [y]) }] };
    const model = modelOf(graph, { opset: 17, irVersion: 8, producer: "test" });
    expect(operatorsOf((await foldConstants(model, { evaluate })).graph)).toEqual(["Reshape", "Shape"]);
  });
});

describe("normalizations", () => {
  const [scale, shift, mean, variance] = [
    floats([6], (i) => 1.5 - i),
    floats([6], (i) => i / 3 - 1),
    floats([6], (i) => Math.cos(i)),
    floats([6], (i) => 0.1 + i * i),
  ];
  const normalize = (value: Value, training?: number): Result =>
    apply("BatchNormalization", [value, scale, shift, mean, variance], {
      epsilon: { floats: 1e-3 },
      training_mode: training,
    });
  const weight = (...dims: number[]) => floats(dims, (i) => Math.sin(i + 1));
  const bias = floats([6], (i) => i / 10);
  const transposed = (group: number) =>
    apply("ConvTranspose", [x, weight(3, 6 / group, 2, 2), bias], { strides: [2, 2], group });

  async function expectClose(a: Model, b: Model): Promise<void> {
    const dims = a.graph.inputs[0]!.dims as number[];
    const [found] = await run(a, dims);
    const [expected] = await run(b, dims);
    const scaleOf = Math.max(...expected!.map(Math.abs));
    found!.forEach((value, i) => expect(Math.abs(value - expected![i]!) / scaleOf).toBeLessThan(1e-6));
  }

  test.each<[string, Value]>([
    ["a convolution", conv(x, weight(6, 3, 3, 3), undefined)],
    ["a convolution with a bias", conv(x, weight(6, 3, 1, 1), bias, { stride: 2 })],
    ["a convolution in groups", conv(x, weight(6, 1, 3, 3), bias, { groups: 3 })],
    ["a transposed convolution", transposed(1)],
    ["a transposed convolution in groups", apply("ConvTranspose", [relu(x), weight(3, 2, 2, 2), bias], { group: 3 })],
  ])("become part of %s", async (_, value) => {
    const model = modelFor(relu(normalize(value)));
    const { model: folded } = await cleanAndFold(model, { evaluate });
    expect(operatorsOf(folded.graph)).not.toContain("BatchNormalization");
    await expectClose(folded, model);
  });

  test.each([
    [49, 49, 1],
    [103, 103, 1],
    [98, 49, 2],
  ])(
    "scale their own channel of a transposed convolution of %i channels in %i groups",
    async (channels, groups, each) => {
      const vector = (at: (index: number) => number) => floats([groups * each], at);
      const given = input("x", "float32", [1, channels, 2, 2]);
      const value = apply("ConvTranspose", [given, weight(channels, each, 2, 2)], { group: groups });
      const parameters = [vector((i) => 1.5 - i), vector(Math.sin), vector(Math.cos), vector((i) => 0.1 + i)];
      const normalized = apply("BatchNormalization", [value, ...parameters]);
      const model = { ...modelFor(normalized), graph: { ...modelFor(normalized).graph, inputs: [given] } };
      const { model: folded } = foldNormalizations(model);
      expect(operatorsOf(folded.graph)).toEqual(["ConvTranspose"]);
      await expectClose(folded, model);
    },
  );

  test("are remembered, with what the convolution gives now", () => {
    const { model, folded } = foldNormalizations(modelFor(relu(normalize(conv(x, weight(6, 3, 3, 3), bias)))));
    const [relued] = applicationsOf(model.graph).slice(-1);
    const [known] = folded;
    expect(folded).toHaveLength(1);
    expect(known!.value).toBe(relued!.inputs[0]);
    expect([known!.scale, known!.shift, known!.mean, known!.variance, known!.epsilon]).toEqual([
      ...[scale, shift, mean, variance].map((value) => valuesOf(value.tensor)),
      expect.closeTo(1e-3, 8),
    ]);
  });

  test("tell the mean and the variance of what the folded convolution gives", async () => {
    const value = conv(x, weight(6, 3, 1, 1), bias);
    const moments = (of: Value): Value[] => [
      apply("ReduceMean", [of], { axes: [0, 2, 3], keepdims: 0 }),
      apply("ReduceSumSquare", [subtract(of, apply("ReduceMean", [of], { axes: [0, 2, 3], keepdims: 1 }))], {
        axes: [0, 2, 3],
        keepdims: 0,
      }),
    ];
    const [before, squares] = await run(modelFor(...moments(value)));
    const vector = (data: Float32Array) => constant(tensor(undefined, "float32", [6], data));
    const count = size / 3;
    const normalization = apply("BatchNormalization", [
      value,
      scale,
      shift,
      vector(before!),
      vector(squares!.map((sum) => sum / count)),
    ]);
    const { model, folded } = foldNormalizations(modelFor(normalization));
    const statistics = outputStatistics(folded[0]!);
    const [after, spread] = await run(modelFor(...moments(folded[0]!.value)));
    after!.forEach((found, c) => expect(found).toBeCloseTo(statistics.mean[c]!, 5));
    spread!.forEach((sum, c) => expect(sum / count).toBeCloseTo(statistics.variance[c]!, 4));
    expect(operatorsOf(model.graph)).toEqual(["Conv"]);
  });

  const shared = conv(x, weight(6, 3, 3, 3), bias);
  test.each<[string, Value]>([
    ["the convolution's output is read by others", add(normalize(shared), shared)],
    ["it normalizes by the batch", normalize(conv(x, weight(6, 3, 3, 3), bias), 1)],
    ["there is no convolution before it", normalize(apply("Concat", [x, x], { axis: 1 }))],
    ["the weight is not constant", normalize(conv(x, relu(weight(6, 3, 3, 3)), bias))],
  ])("stay where %s", (_, value) => {
    const { model, folded } = foldNormalizations(modelFor(value));
    expect(operatorsOf(model.graph)).toContain("BatchNormalization");
    expect(folded).toEqual([]);
  });

  test("come back as an affine for each channel, which changes nothing until somebody does", async () => {
    const original = modelFor(relu(normalize(conv(x, weight(6, 3, 3, 3), bias))));
    const { model, folded } = foldNormalizations(original);
    const points = new Set(folded.map(({ value }) => value));
    const { graph, inserted } = insertAffines(model.graph, (value) =>
      points.has(value) ? neutralAffine(6) : undefined,
    );
    expect(operatorsOf(graph)).toEqual(["Conv", "Mul", "Add", "Relu"]);
    expect(inserted.map(({ of }) => of)).toEqual([folded[0]!.value]);
    expect(await run({ ...model, graph })).toEqual(await run(model));
    const doubled = insertAffines(model.graph, (value) =>
      points.has(value) ? { ...neutralAffine(6), scale: floats([6, 1, 1], () => 2) } : undefined,
    );
    const [twice] = await run({ ...model, graph: doubled.graph });
    const [once] = await run(model);
    expect(twice).toEqual(once!.map((value) => value * 2));
  });

  test("bodies keep theirs", async () => {
    const outer: Value = { kind: "Outer", value: x };
    const body = (name: string): Graph => ({
      name,
      inputs: [],
      outputs: [{ name, value: normalize(conv(outer, weight(6, 3, 3, 3), bias)) }],
    });
    const branch = application({
      opType: "If",
      inputs: [number("bool", 1)],
      bodies: ["then_branch", "else_branch"].map((attribute) => ({ attribute, graph: body(attribute) })),
    });
    const model = modelFor(branch.results[0]!);
    const { model: cleaned, folded } = await cleanAndFold(model, { evaluate });
    expect(folded).toEqual([]);
    expect(await run(cleaned)).toEqual(await run(model));
  });
});
