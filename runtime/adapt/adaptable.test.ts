import { beforeAll, describe, expect, test } from "@jest/globals";
import { convertNetwork } from "../../hack/models/build-models.ts";
import { networks, type NetworkName } from "../../hack/models/networks.ts";
import { decodeModel } from "../graph/codec/decode.ts";
import { encodeModel } from "../graph/codec/encode.ts";
import { apply, float, input, type Value } from "../graph/expression.ts";
import { modelOf, type Model } from "../graph/graph.ts";
import { numbers } from "../graph/literals.ts";
import { add, conv, linear, relu, spatialMean } from "../graph/operators.ts";
import { readModel } from "../graph/read.ts";
import { writeModel } from "../graph/write.ts";
import { AdaptError } from "./adapt-error.ts";
import { commitAffines, makeAdaptable, withoutMoments, type AdaptableModel } from "./adaptable.ts";
import { affineFor, type Affine } from "./affine.ts";
import { affineInputs, measureStatistics, batchStatistics, momentOutputs } from "./anchor-statistics.ts";
import { openEvaluator, type Data } from "./evaluator.ts";
import { decodeStatistics, encodeStatistics } from "./statistics-file.ts";

/** Numbers between -1 and 1 that are the same at every run. */
function noise(count: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const floats = (dims: readonly number[], seed: number) =>
  numbers(
    "float32",
    dims,
    noise(
      dims.reduce((a, b) => a * b),
      seed,
    ),
  );
const positive = (channels: number, seed: number) =>
  numbers(
    "float32",
    [channels],
    noise(channels, seed).map((value) => 0.5 + Math.abs(value)),
  );

const normalized = (x: Value, channels: number, seed: number): Value =>
  apply(
    "BatchNormalization",
    [
      x,
      positive(channels, seed),
      floats([channels], seed + 1),
      floats([channels], seed + 2),
      positive(channels, seed + 3),
    ],
    { epsilon: float(1e-3) },
  );

function model(build: (x: Value) => Value): Model {
  const x = input("x", "float32", ["N", 3, 8, 8]);
  const graph = { name: "small", inputs: [x], outputs: [{ name: "y", value: build(x), type: "float32" }] } as const;
  return modelOf(graph, { opset: 17, irVersion: 8, producer: "facefleet" });
}

const batch = (count: number, seed: number, scale = 1): Data => ({
  dims: [count, 3, 8, 8],
  values: Float32Array.from(noise(count * 192, seed), (value) => scale * value + 0.3),
});

const small: Readonly<Record<string, Model>> = {
  "a BatchNormalization": model((x) => normalized(x, 3, 1)),
  "a BatchNormalization behind a convolution": model((x) =>
    normalized(conv(x, floats([4, 3, 3, 3], 2), undefined), 4, 3),
  ),
  "a BatchNormalization of rows": model((x) =>
    normalized(linear(spatialMean(conv(x, floats([4, 3, 3, 3], 2), undefined)), floats([4, 5], 3)), 5, 4),
  ),
  "a convolution with a bias": model((x) => relu(conv(x, floats([4, 3, 3, 3], 5), floats([4], 6)))),
  "a shortcut around both": model((x) => {
    const first = conv(x, floats([6, 3, 3, 3], 7), floats([6], 8), { border: [1, 1, 1, 1] });
    const second = normalized(conv(relu(first), floats([6, 6, 1, 1], 9), undefined), 6, 10);
    return spatialMean(relu(add(first, second)));
  }),
};

/** The largest difference, relative to the largest value. */
function difference(ours: Float32Array, theirs: Float32Array): number {
  expect(ours).toHaveLength(theirs.length);
  let [most, largest] = [0, 0];
  for (const [index, value] of theirs.entries()) {
    most = Math.max(most, Math.abs(value - ours[index]!));
    largest = Math.max(largest, Math.abs(value));
  }
  return most / largest;
}

async function outputsOf(given: Model, feeds: Readonly<Record<string, Data>>, names: readonly string[]) {
  await using evaluator = await openEvaluator(given, { threads: 1 });
  return await evaluator.run(feeds, names);
}

const nameOf = ({ graph }: Model): { x: string; y: string } => ({
  x: graph.inputs[0]!.name,
  y: graph.outputs[0]!.name,
});

async function expectSame(original: Model, feed: Data): Promise<AdaptableModel> {
  const { x, y } = nameOf(original);
  const adaptable = makeAdaptable(original);
  const before = await outputsOf(original, { [x]: feed }, [y]);
  const feeds = { [x]: feed, ...affineInputs(adaptable.points) };
  for (const rewritten of [adaptable.model, withoutMoments(adaptable)])
    expect(difference((await outputsOf(rewritten, feeds, [y]))[y]!, before[y]!)).toBeLessThan(1e-5);
  expect(withoutMoments(adaptable).graph.outputs.map(({ name }) => name)).toEqual([y]);
  return adaptable;
}

describe("with source values an adaptable model computes what it did before", () => {
  test.each(Object.entries(small))("%s", async (_, original) => {
    await expectSame(original, batch(4, 11));
  });

  test.each(Object.keys(networks) as NetworkName[])("the converted network %s", async (name) => {
    const original = readModel(decodeModel(encodeModel(await convertNetwork(name))));
    const dims = original.graph.inputs[0]!.dims!.map((dim, axis) =>
      typeof dim === "number" ? dim : axis === 0 ? 1 : 224,
    );
    const count = dims.reduce((a, b) => a * b);
    const { points } = await expectSame(original, {
      dims,
      values: Float32Array.from(noise(count, 3), (value) => 127 + 120 * value),
    });
    expect(points.length).toBeGreaterThanOrEqual(7);
  });
});

describe("moments are those of the activations", () => {
  const x = batch(5, 21);

  test("of what a BatchNormalization reads: here the picture itself", async () => {
    const { model: adaptable, points } = makeAdaptable(small["a BatchNormalization"]!);
    const found = await outputsOf(adaptable, { x, ...affineInputs(points) }, momentOutputs(points));
    const { mean, variance } = batchStatistics(points, found).get(points[0]!.name)!;
    for (let channel = 0; channel < 3; channel++) {
      const values = (x.values as Float32Array).filter((_, index) => Math.floor(index / 64) % 3 === channel);
      const average = values.reduce((a, b) => a + b, 0) / values.length;
      expect(mean[channel]).toBeCloseTo(average, 5);
      expect(variance[channel]).toBeCloseTo(values.reduce((a, b) => a + (b - average) ** 2, 0) / values.length, 5);
    }
  });

  test("over batches of different sizes they are those of all pictures at once", async () => {
    const adaptable = makeAdaptable(small["a shortcut around both"]!);
    await using evaluator = await openEvaluator(adaptable.model, { threads: 1 });
    const half = (from: number, to: number): Data => ({
      dims: [to - from, 3, 8, 8],
      values: x.values.slice(from * 192, to * 192),
    });
    const whole = await measureStatistics(adaptable, evaluator, { input: "x", batches: [x] });
    const parts = await measureStatistics(adaptable, evaluator, { input: "x", batches: [half(0, 1), half(1, 5)] });
    for (const [name, { mean, variance }] of whole) {
      expect(difference(parts.get(name)!.mean, mean)).toBeLessThan(1e-5);
      expect(difference(parts.get(name)!.variance, variance)).toBeLessThan(1e-5);
    }
    await expect(measureStatistics(adaptable, evaluator, { input: "x", batches: [] })).rejects.toThrow(AdaptError);
  });
});

test("a variance that is small beside the mean is measured, over batches too", async () => {
  const bright = batch(8, 51, 0.1);
  const values = (bright.values as Float32Array).map((value) => value + 1000);
  const adaptable = makeAdaptable(small["a BatchNormalization"]!);
  await using evaluator = await openEvaluator(adaptable.model, { threads: 1 });
  const half = (from: number): Data => ({ dims: [4, 3, 8, 8], values: values.slice(from * 192, (from + 4) * 192) });
  const found = await measureStatistics(adaptable, evaluator, { input: "x", batches: [half(0), half(4)] });
  const { variance } = found.get(adaptable.points[0]!.name)!;
  for (let channel = 0; channel < 3; channel++) {
    const own = values.filter((_, index) => Math.floor(index / 64) % 3 === channel);
    const average = own.reduce((a, b) => a + b, 0) / own.length;
    const exact = own.reduce((a, b) => a + (b - average) ** 2, 0) / own.length;
    expect(Math.abs(variance[channel]! / exact - 1)).toBeLessThan(1e-4);
  }
});

describe("adapted to statistics", () => {
  test("a BatchNormalization normalizes with them, as one that had remembered them", async () => {
    const { model: adaptable, points } = makeAdaptable(small["a BatchNormalization"]!);
    const x = batch(6, 31, 3);
    const [point] = points as [(typeof points)[number]];
    const found = await outputsOf(adaptable, { x, ...affineInputs(points) }, momentOutputs(points));
    const now = batchStatistics(points, found).get(point.name)!;
    const affine = affineFor(point, point.remembered!, now);
    const training = model((value) =>
      apply(
        "BatchNormalization",
        [
          value,
          positive(3, 1),
          floats([3], 2),
          numbers("float32", [3], [...now.mean]),
          numbers("float32", [3], [...now.variance]),
        ],
        { epsilon: float(1e-3) },
      ),
    );
    const affines = new Map([[point.name, affine]]);
    const { y } = await outputsOf(adaptable, { x, ...affineInputs(points, affines) }, ["y"]);
    expect(difference(y!, (await outputsOf(training, { x }, ["y"])).y!)).toBeLessThan(1e-5);
  });

  test("a convolution gives what it gave when its activations had the source's", async () => {
    const original = small["a convolution with a bias"]!;
    const adaptable = makeAdaptable(original);
    const { points } = adaptable;
    await using evaluator = await openEvaluator(adaptable.model, { threads: 1 });
    const measure = (given: Data) => measureStatistics(adaptable, evaluator, { input: "x", batches: [given] });
    const [clean, dark] = [batch(6, 41), batch(6, 41, 0.1)];
    const [source, now] = [await measure(clean), await measure(dark)];
    const affines = new Map<string, Affine>(
      points.map((point) => [point.name, affineFor(point, source.get(point.name)!, now.get(point.name)!)]),
    );
    const { y: before } = await outputsOf(original, { x: clean }, ["y"]);
    const { y: lost } = await outputsOf(original, { x: dark }, ["y"]);
    const { y: found } = await evaluator.run({ x: dark, ...affineInputs(points, affines) }, ["y"]);
    expect(difference(lost!, before!)).toBeGreaterThan(0.3);
    expect(difference(found!, before!)).toBeLessThan(0.02);
    const { y: committed } = await outputsOf(commitAffines(adaptable, affines), { x: dark }, ["y"]);
    expect(difference(committed!, found!)).toBeLessThan(1e-5);
  });
});

describe("points", () => {
  test("are the BatchNormalization, not the convolution before it", () => {
    const { points } = makeAdaptable(small["a shortcut around both"]!);
    expect(points.map(({ kind, channels }) => [kind, channels])).toEqual([
      ["Conv", 6],
      ["BatchNormalization", 6],
    ]);
    expect(new Set(points.map(({ name }) => name)).size).toBe(2);
  });

  test("can be chosen", () => {
    const { model: adaptable, points } = makeAdaptable(
      small["a shortcut around both"]!,
      ({ kind }) => kind === "BatchNormalization",
    );
    expect(points).toHaveLength(1);
    expect(adaptable.graph.inputs).toHaveLength(3);
    expect(adaptable.graph.outputs).toHaveLength(3);
  });

  test("leave the model the names that it has", async () => {
    const x = input("y.scale", "float32", ["N", 3, 8, 8]);
    const normal = normalized(x, 3, 1);
    const outputs = [
      { name: "y", value: normal, type: "float32" },
      { name: "y.mean", value: relu(normal), type: "float32" },
    ] as const;
    const given = modelOf({ name: "small", inputs: [x], outputs }, { opset: 17, irVersion: 8, producer: "facefleet" });
    const { model: adaptable, points } = makeAdaptable(readModel(decodeModel(encodeModel(writeModel(given)))));
    const found = await outputsOf(adaptable, { "y.scale": batch(2, 5), ...affineInputs(points) }, ["y", "y.mean"]);
    expect(found["y.mean"]).toEqual(found.y!.map((value) => Math.max(value, 0)));
  });

  test("a model without any is refused", () => {
    expect(() => makeAdaptable(model((x) => relu(x)))).toThrow(/nothing to adapt/);
  });
});

describe("affines are refused", () => {
  const adaptable = makeAdaptable(small["a BatchNormalization"]!);
  const three = new Float32Array(3);
  test.each([
    ["of a point that the model has not", "else", { scale: three, shift: three }, /point else: the model has no such/],
    [
      "of another number of channels",
      adaptable.points[0]!.name,
      { scale: three, shift: new Float32Array(2) },
      /needs 3/,
    ],
  ])("%s", (_, name, affine, message) => {
    expect(() => commitAffines(adaptable, new Map([[name, affine]]))).toThrow(message);
  });
});

describe("statistics beside a model", () => {
  const { points } = makeAdaptable(small["a BatchNormalization"]!);
  const statistics = new Map([[points[0]!.name, points[0]!.remembered!]]);
  let text: string;
  beforeAll(() => {
    text = encodeStatistics({ model: "sha256:a", pictures: 7, statistics });
  });
  const read = (content: string, digest = "sha256:a") =>
    decodeStatistics(content, { file: "anchors.json", model: digest, points });

  test("come back as they were", () => {
    expect(read(text)).toEqual({ model: "sha256:a", pictures: 7, statistics });
  });

  test.each([
    ["no JSON", () => read("{"), /anchors.json: it is no JSON/],
    ["another model's", () => read(text, "sha256:b"), /belongs to the model sha256:a, not to sha256:b/],
    ["a point missing", () => read('{"model":"sha256:a","pictures":1,"points":{}}'), /needs 3 means/],
    ["a number that is none", () => read(text.replace(/"mean":\[[^,]*/, '"mean":["a"')), /mean/],
    ["a variance below 0", () => read(text.replace(/"variance":\[[^,]*/, '"variance":[-5')), /variance/],
    ["no pictures", () => read(text.replace('"pictures":7', '"pictures":0')), /pictures/],
  ])("are refused with %s", (_, act, message) => {
    expect(act).toThrow(AdaptError);
    expect(act).toThrow(message);
  });
});
