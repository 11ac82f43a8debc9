import { beforeAll, describe, expect, test } from "@jest/globals";
import { convertNetwork } from "../../hack/models/build-models.ts";
import { channelsFirst, testPicture } from "../../hack/models/oracle/picture.ts";
import type { NetworkName } from "../../hack/models/networks.ts";
import type { Method } from "./calibrate/method.ts";
import { application, apply, constant, input, type Value } from "../graph/expression.ts";
import { modelOf, type Model } from "../graph/graph.ts";
import { conv, relu } from "../graph/operators.ts";
import { readModel } from "../graph/read.ts";
import { tensor } from "../graph/tensor.ts";
import { applicationsOf } from "../graph/topology.ts";
import { oracle, smallNetwork, smallPictures } from "./oracle/quantization.ts";
import { quantize, type QuantizedModel, type Target } from "./quantize.ts";
import type { SchemeName } from "./scale.ts";
import { onnxRuntimeSessions, type Batch } from "./session.ts";
import { similarity } from "./similarity.ts";
import { quantizeWeights } from "./weight-only.ts";

const open = onnxRuntimeSessions({ threads: 1 });
const small = smallNetwork();
const smallBatches = (): readonly Batch[] =>
  smallPictures().map((data) => ({ image: { type: "float32", dims: [1, 3, 12, 12], data } }));
const minMax: Method = { kind: "MinMax" };
const targets: Readonly<Record<SchemeName, Target>> = { symmetric: "TensorRT", asymmetric: "ONNXRuntime" };

const image = input("image", "float32", [1, 3, 12, 12]);
const rowsOfImage = apply("Reshape", [image, constant(tensor("rows", "int64", [2], BigInt64Array.of(12n, 36n)))]);
const filled = (name: string, dims: readonly number[], of: (i: number) => number) =>
  constant(
    tensor(
      name,
      "float32",
      dims,
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => of(i)),
    ),
  );
const sines = (name: string, ...dims: number[]) => filled(name, dims, (i) => Math.sin(i + 1));
const modelWith = (value: Value): Model =>
  modelOf(
    { name: "g", inputs: [image], outputs: [{ name: "y", value }] },
    { opset: 17, irVersion: 8, producer: "test" },
  );

const operators = ({ model }: QuantizedModel): string[] => applicationsOf(model.graph).map(({ opType }) => opType);

/** The least cosine between what two models make of each batch; all outputs. */
async function leastCosine(exact: Model, other: Model, batches: readonly Batch[]): Promise<number> {
  await using one = await open(exact);
  await using two = await open(other);
  let least = 1;
  for (const batch of batches) {
    const [signals, others] = [await one.run(batch), await two.run(batch)];
    for (const [place, { data }] of signals.entries())
      least = Math.min(least, similarity(data as Float32Array, others[place]!.data as Float32Array).cosine);
  }
  return least;
}

describe("the scales of a small network", () => {
  const cases = (Object.keys(targets) as SchemeName[]).flatMap((scheme) =>
    (["MinMax", "Percentile"] as const).map((kind) => [targets[scheme], kind, scheme] as const),
  );

  test.each(cases)("for %s by %s are those of Python to 1e-6", async (target, kind, scheme) => {
    const { quantized } = await quantize(small, { target, method: { kind }, batches: smallBatches, open });
    const theirs = oracle.network.scales[scheme][kind];
    let compared = 0;
    for (const { name, kind: reading, scales, zeroPoint } of quantized) {
      const expected = theirs[reading === "Bias" ? `${name}_quantized` : name];
      // Python names no scale for what shares the one of its input.
      if (expected === undefined) continue;
      compared++;
      expect(zeroPoint).toBe(expected.zeroPoint);
      expect(scales).toHaveLength(expected.scales.length);
      for (const [i, scale] of scales.entries())
        expect(Math.abs(scale / expected.scales[i]! - 1)).toBeLessThanOrEqual(1e-6);
    }
    expect(compared).toBeGreaterThanOrEqual(10);
  });
});

describe("a quantized model", () => {
  test("for TensorRT has zero points of 0, int8 alone and no bias in int32", async () => {
    const result = await quantize(small, { target: "TensorRT", method: minMax, batches: smallBatches, open });
    expect(new Set(result.quantized.map(({ kind }) => kind))).toEqual(new Set(["Activation", "Weight"]));
    expect(result.quantized.every(({ zeroPoint }) => zeroPoint === 0)).toBe(true);
    expect(await leastCosine(small, result.model, smallBatches())).toBeGreaterThan(0.999);
  });

  test("for ONNX Runtime becomes integer kernels there, and is near the original", async () => {
    const result = await quantize(small, { target: "ONNXRuntime", method: minMax, batches: smallBatches, open });
    expect(result.quantized.some(({ kind }) => kind === "Bias")).toBe(true);
    expect(await leastCosine(small, result.model, smallBatches())).toBeGreaterThan(0.998);
  });

  test("says of every activation and bias which value its scale was measured on", async () => {
    const filters = constant(tensor("filters", "float32", [3, 3, 1, 1], new Float32Array(9).fill(1)));
    const bias = constant(tensor("bias", "float32", [3], new Float32Array(3).fill(1)));
    const flat = apply("Flatten", [apply("MaxPool", [image], { kernel_shape: [2, 2] })]);
    const graph = { name: "g", inputs: [image], outputs: [{ name: "y", value: conv(image, filters, bias) }] };
    const columns = constant(tensor("columns", "float32", [363, 2], new Float32Array(726).fill(1)));
    graph.outputs.push({ name: "z", value: apply("MatMul", [flat, columns]) });
    const given = modelOf(graph, { opset: 17, irVersion: 8, producer: "test" });
    const result = await quantize(given, { target: "ONNXRuntime", method: minMax, batches: smallBatches, open });
    const named = (of: string | undefined) =>
      result.quantized.flatMap(({ kind, name, measured }) => (measured === of ? [`${kind} ${name}`] : []));
    expect(named("image")).toEqual(["Activation image", "Bias bias", "Activation MaxPool", "Activation Flatten"]);
    expect(named(undefined)).toEqual(["Weight filters", "Weight columns"]);
  });

  test.each<[string, Value]>([
    [
      "a ConvTranspose in groups",
      apply("ConvTranspose", [image, sines("w", 3, 2, 2, 2), sines("b", 6)], { group: 3, strides: [2, 2] }),
    ],
    ["a Gemm that adds one number", apply("Gemm", [rowsOfImage, sines("w", 36, 5), sines("b", 1)])],
  ])("of %s keeps its bias in floating point", async (_, value) => {
    const given = modelWith(value);
    const result = await quantize(given, { target: "ONNXRuntime", method: minMax, batches: smallBatches, open });
    expect(result.quantized.map(({ name, kind }) => `${kind} ${name}`)).toContain("Weight w");
    expect(result.quantized.filter(({ kind }) => kind === "Bias")).toEqual([]);
    expect(await leastCosine(given, result.model, smallBatches())).toBeGreaterThan(0.998);
  });

  test("keeps the names and types of inputs and outputs", async () => {
    const { model } = await quantize(small, { target: "TensorRT", method: minMax, batches: smallBatches, open });
    const contract = ({ graph: { inputs, outputs } }: Model) => [
      inputs.map(({ name, type, dims }) => ({ name, type, dims })),
      outputs.map(({ name, type, dims }) => ({ name, type, dims })),
    ];
    expect(contract(model)).toEqual(contract(small));
  });

  test("has normalizations folded before ranges are measured", async () => {
    const channel = (of: (i: number) => number) => filled("channel", [4], of);
    const convolved = conv(
      image,
      filled("w", [4, 3, 3, 3], (i) => Math.sin(i)),
      undefined,
    );
    const normalized = apply("BatchNormalization", [
      ...[convolved, channel((i) => i + 1), channel((i) => i / 4)],
      ...[channel((i) => 1 - i), channel((i) => 2 + i)],
    ]);
    const graph = { name: "g", inputs: [image], outputs: [{ name: "y", value: relu(normalized) }] };
    const given = modelOf(graph, { opset: 17, irVersion: 8, producer: "test" });
    const result = await quantize(given, { target: "TensorRT", method: minMax, batches: smallBatches, open });
    expect(operators(result)).not.toContain("BatchNormalization");
    expect(await leastCosine(given, result.model, smallBatches())).toBeGreaterThan(0.999);
  });

  test("of a weight that two layers share has it once, and a float reader keeps the floats", async () => {
    const weight = constant(
      tensor(
        "w",
        "float32",
        [3, 3, 1, 1],
        Float32Array.from({ length: 9 }, (_, i) => i - 4),
      ),
    );
    const twice = conv(conv(image, weight, undefined), weight, undefined);
    const sum = apply("Mul", [twice, apply("ReduceMax", [weight], { keepdims: 0 })]);
    const graph = { name: "g", inputs: [image], outputs: [{ name: "y", value: sum }] };
    const given = modelOf(graph, { opset: 17, irVersion: 8, producer: "test" });
    const result = await quantize(given, { target: "TensorRT", method: minMax, batches: smallBatches, open });
    expect(result.quantized.filter(({ kind }) => kind === "Weight")).toHaveLength(1);
    expect(await leastCosine(given, result.model, smallBatches())).toBeGreaterThan(0.999);
  });

  test("of a bias that two layers share has it once for each scale", async () => {
    const weights = (name: string, of: (i: number) => number) =>
      constant(
        tensor(
          name,
          "float32",
          [3, 3, 1, 1],
          Float32Array.from({ length: 9 }, (_, i) => of(i)),
        ),
      );
    const bias = constant(tensor("bias", "float32", [3], Float32Array.of(0.5, -0.25, 1)));
    const once = conv(
      image,
      weights("a", (i) => i - 4),
      bias,
    );
    const y = conv(once, weights("b", Math.sin), bias);
    const given = modelOf(
      { name: "g", inputs: [image], outputs: [{ name: "y", value: y }] },
      { opset: 17, irVersion: 8, producer: "test" },
    );
    const result = await quantize(given, { target: "ONNXRuntime", method: minMax, batches: smallBatches, open });
    const biases = result.quantized.filter(({ kind }) => kind === "Bias");
    expect(biases.map(({ name, measured }) => [name, measured])).toEqual([
      ["bias", "image"],
      ["bias", "Conv"],
    ]);
    expect(await leastCosine(given, result.model, smallBatches())).toBeGreaterThan(0.998);
  });

  test("of a weight that two layers read by other axes has it once for each", async () => {
    const rows = input("rows", "float32", ["N", 4]);
    const square = constant(
      tensor(
        "square",
        "float32",
        [4, 4],
        Float32Array.from({ length: 16 }, (_, i) => Math.sin(i * i)),
      ),
    );
    const there = apply("Gemm", [rows, square]);
    const back = apply("Gemm", [there, square], { transB: 1 });
    const given = modelOf(
      { name: "g", inputs: [rows], outputs: [{ name: "y", value: back }] },
      { opset: 17, irVersion: 8, producer: "test" },
    );
    const data = Float32Array.from({ length: 40 }, (_, i) => Math.cos(i * i));
    const batches = (): Batch[] => [{ rows: { type: "float32", dims: [10, 4], data } }];
    for (const target of Object.values(targets)) {
      const { quantized, model } = await quantize(given, { target, method: minMax, batches, open });
      expect(quantized.filter(({ kind }) => kind === "Weight").map(({ axis }) => axis)).toEqual([1, 0]);
      expect(await leastCosine(given, model, batches())).toBeGreaterThan(0.999);
    }
  });

  test("takes pictures of any size where the graph does, and those that give a value no element", async () => {
    const image = input("image", "float32", ["N", 3, "H", "W"]);
    const filters = (name: string) =>
      constant(
        tensor(
          name,
          "float32",
          [3, 3, 1, 1],
          Float32Array.from({ length: 9 }, (_, i) => Math.sin(i + name.length)),
        ),
      );
    const made = conv(image, filters("a"), undefined);
    const integers = (name: string, values: readonly bigint[]) =>
      constant(tensor(name, "int64", [values.length], BigInt64Array.from(values)));
    // Beyond the sixth row there is nothing in a low picture.
    const below = apply("Slice", [made, integers("from", [6n]), integers("to", [99n]), integers("axis", [2n])]);
    const outputs = [
      { name: "y", value: relu(made) },
      { name: "z", value: conv(below, filters("bb"), undefined) },
    ];
    const given = modelOf({ name: "g", inputs: [image], outputs }, { opset: 17, irVersion: 8, producer: "test" });
    const picture = (...dims: readonly [number, number, number, number]): Batch => ({
      image: {
        type: "float32",
        dims,
        data: Float32Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => Math.sin(i * i)),
      },
    });
    const batches = () => [picture(2, 3, 5, 7), picture(2, 3, 30, 9)];
    for (const target of Object.values(targets))
      for (const method of [minMax, { kind: "Percentile" }] as const) {
        const result = await quantize(given, { target, method, batches, open });
        const sizes = ({ graph }: Model) => graph.inputs.map(({ dims }) => dims);
        expect(sizes(result.model)).toEqual(sizes(given));
        expect(await leastCosine(given, result.model, [picture(3, 3, 8, 8), picture(1, 3, 20, 4)])).toBeGreaterThan(
          0.998,
        );
      }
  });

  test("of opset 12 is one of opset 13", async () => {
    const weight = constant(tensor("w", "float32", [2, 3, 1, 1], Float32Array.of(1, 2, 3, -1, -2, -3)));
    const pooled = apply("ReduceSum", [conv(image, weight, undefined)], { axes: [2, 3], keepdims: 0 });
    const graph = { name: "g", inputs: [image], outputs: [{ name: "y", value: pooled }] };
    const given = modelOf(graph, { opset: 12, irVersion: 7, producer: "test" });
    const { model } = await quantize(given, { target: "TensorRT", method: minMax, batches: smallBatches, open });
    expect(model.opsets.get("")).toBe(13);
    expect(await leastCosine(given, model, smallBatches())).toBeGreaterThan(0.998);
  });

  test("leaves the bodies of branches in floating point", async () => {
    const weight = constant(
      tensor(
        "w",
        "float32",
        [3, 3, 1, 1],
        Float32Array.from({ length: 9 }, (_, i) => i - 4),
      ),
    );
    const convolved = conv(image, weight, undefined);
    const outer: Value = { kind: "Outer", value: convolved };
    const body = (attribute: string, value: Value) => ({
      attribute,
      graph: { name: attribute, inputs: [], outputs: [{ name: attribute, value }] },
    });
    const positive = apply("Greater", [
      apply("ReduceMax", [convolved], { keepdims: 0 }),
      constant(tensor("zero", "float32", [], Float32Array.of(0))),
    ]);
    const branch = application({
      opType: "If",
      inputs: [positive],
      bodies: [body("then_branch", conv(outer, weight, undefined)), body("else_branch", apply("Neg", [outer]))],
    }).results[0]!;
    const graph = { name: "g", inputs: [image], outputs: [{ name: "y", value: conv(branch, weight, undefined) }] };
    const given = modelOf(graph, { opset: 17, irVersion: 8, producer: "test" });
    for (const target of Object.values(targets)) {
      const result = await quantize(given, { target, method: minMax, batches: smallBatches, open });
      expect(result.quantized.length).toBeGreaterThanOrEqual(3);
      expect(await leastCosine(given, result.model, smallBatches())).toBeGreaterThan(0.998);
    }
  });
});

test("a model that is quantized already is refused by the name of a node", async () => {
  const options = { target: "TensorRT", method: minMax, batches: smallBatches, open } as const;
  const { model } = await quantize(small, options);
  const message = /node ".*quantize": the model is quantized already, by QuantizeLinear: give the float32 model/;
  await expect(quantize(model, options)).rejects.toThrow(message);
  expect(() => quantizeWeights(model)).toThrow(message);
  expect(() => quantizeWeights(quantizeWeights(small, { smallest: 1 }).model)).toThrow(/by DequantizeLinear/);
});

describe("a calibration", () => {
  const calibrated = (
    batches: () => Iterable<Batch>,
    more: { readonly signal?: AbortSignal; readonly method?: Method },
  ) => quantize(small, { target: "TensorRT", method: minMax, batches, open, ...more });

  test("by Entropy with as many bins as levels is that of MinMax", async () => {
    const [entropy, plain] = [
      await calibrated(smallBatches, { method: { kind: "Entropy" } }),
      await calibrated(smallBatches, {}),
    ];
    expect(entropy.quantized).toEqual(plain.quantized);
  });

  test("does not depend on how pictures are put into batches", async () => {
    const all = new Float32Array(6 * 432);
    for (const [i, picture] of smallPictures().entries()) all.set(picture, i * 432);
    const together = () => [{ image: { type: "float32" as const, dims: [6, 3, 12, 12], data: all } }];
    const method = { kind: "Percentile", percentile: 99 } as const;
    const [one, six] = [await calibrated(together, { method }), await calibrated(smallBatches, { method })];
    for (const [i, { scales }] of one.quantized.entries())
      for (const [channel, scale] of scales.entries())
        expect(Math.abs(scale / six.quantized[i]!.scales[channel]! - 1)).toBeLessThan(1e-5);
  });

  test("is the same whether values are kept, or some or all pictures are looked at twice", async () => {
    const stages: string[] = [];
    const scalesWith = async (memory: number) => {
      const onProgress = ({ stage }: { readonly stage: string }) => void stages.push(stage);
      const method = { kind: "Percentile", percentile: 99 } as const;
      const options = { target: "TensorRT", method, batches: smallBatches, open, memory, onProgress } as const;
      return (await quantize(small, options)).quantized;
    };
    const all = await scalesWith(2 ** 20);
    expect(stages).not.toContain("Histograms");
    for (const memory of [40_000, 0]) expect(await scalesWith(memory)).toEqual(all);
    expect(stages).toContain("Histograms");
  });

  test("without pictures is refused", async () => {
    await expect(calibrated(() => [], {})).rejects.toThrow(/no calibration picture: give at least one batch/);
  });

  test.each<[string, Float32Array, RegExp]>([
    ["infinite", new Float32Array(432).fill(Infinity), /value "image": its values go from Infinity to Infinity/],
    ["no number in one place", new Float32Array(432).fill(NaN, 7, 8), /value "image": some of its values are no num/],
  ])("with a picture that is %s names the value", async (_, data, message) => {
    const broken = [{ image: { type: "float32" as const, dims: [1, 3, 12, 12], data } }];
    for (const kind of ["MinMax", "Percentile"] as const)
      await expect(calibrated(() => broken, { method: { kind } })).rejects.toThrow(message);
  });

  test("of a setting that makes no sense names it", async () => {
    await expect(calibrated(smallBatches, { method: { kind: "Percentile", percentile: 101 } })).rejects.toThrow(
      "method.percentile is 101 and must be 0 to 100",
    );
    await expect(calibrated(smallBatches, { method: { kind: "Entropy", bins: 64 } })).rejects.toThrow(
      "method.bins is 64 and must be a whole number from 128, the levels",
    );
  });

  test("stops between two batches when it is told to, and tells how far it is", async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    const run = quantize(small, {
      ...{ target: "TensorRT", method: minMax, batches: smallBatches, open, signal: stop.signal },
      onProgress: ({ batches }) => {
        seen.push(batches);
        if (batches === 2) stop.abort(new Error("enough"));
      },
    });
    await expect(run).rejects.toThrow("enough");
    expect(seen).toEqual([1, 2]);
  });
});

describe("a face network", () => {
  const names = ["face-recognition", "face-expression"] as const satisfies NetworkName[];
  const sides = { "face-recognition": 150, "face-expression": 112 } as const;
  const models = new Map<NetworkName, Model>();

  beforeAll(async () => {
    for (const name of names) models.set(name, readModel(await convertNetwork(name)));
  });

  /** The test picture in other lights. */
  const batchesOf = (side: number): Batch[] => {
    const picture = channelsFirst(testPicture(side));
    return [1, 0.7, 0.4].map((light) => ({
      image: { type: "float32", dims: [1, 3, side, side], data: picture.map((value) => value * light) },
    }));
  };

  test.each(names.flatMap((name) => Object.values(targets).map((target) => [name, target] as const)))(
    "%s for %s says nearly the same in a quarter of the size",
    async (name, target) => {
      const model = models.get(name)!;
      const batches = batchesOf(sides[name]);
      const result = await quantize(model, { target, method: minMax, batches: () => batches, open });
      expect(await leastCosine(model, result.model, batches)).toBeGreaterThan(0.995);
    },
  );
});
