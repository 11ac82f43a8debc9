import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Network } from "../../crds/network.ts";
import { modelOf, type Graph } from "../graph/graph.ts";
import { decodeModel } from "../graph/codec/decode.ts";
import { encodeModel } from "../graph/codec/encode.ts";
import { apply, constant, input, type Result } from "../graph/expression.ts";
import { mainGraph } from "../graph/main-graph.ts";
import { linear, spatialMean } from "../graph/operators.ts";
import { tensor } from "../graph/tensor.ts";
import { writeModel } from "../graph/write.ts";
import { chooseBackend, type Backend } from "./backend.ts";
import { buildEngines, type EngineRecipe } from "./build-engines.ts";
import { digestOf } from "./digest.ts";
import { differenceOf, noise } from "./golden.ts";
import { loadEngines } from "./load.ts";
import { onnxRuntime } from "./onnxruntime.ts";
import { buildTinyEngines, writeTinyModels, type TinyModels } from "./tiny-models.fake.ts";

let folder: string;
let tiny: TinyModels;
let made = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "build-engines-"));
  tiny = await writeTinyModels(join(folder, "models"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Builds the tiny networks, changed, into a new folder. */
async function build(changes: { networks?: Network[]; backend?: Backend; precision?: EngineRecipe["precision"] }) {
  const directory = join(folder, `engine-${made++}`);
  const { networks = tiny.networks, backend = onnxRuntime, precision = "FP32" } = changes;
  await mkdir(directory);
  const choice = { backend };
  const recipe: EngineRecipe = { key: "k", model: "m", revision: "r", networks, precision, choice, hardware: {} };
  await buildEngines(recipe, { models: tiny.models, directory, threads: 1, now: new Date(0) });
  return directory;
}

/** The networks with one of them changed. */
const changed = (name: string, change: (network: Network) => Network) =>
  tiny.networks.map((network) => (network.name === name ? change(network) : network));

test("engines come with a manifest that tells all of them, and load as they were built", async () => {
  const directory = join(folder, "whole");
  const manifest = await buildTinyEngines(directory, { choice: { backend: onnxRuntime, note: "because" } });
  expect((await readdir(directory)).sort()).toEqual(
    ["detector.onnx", "expression.onnx", "manifest.json", "recognizer.onnx"].sort(),
  );
  for (const { file, digest, bytes } of manifest.engines) {
    const content = await readFile(join(directory, file));
    expect({ digest: digestOf(content), bytes: content.length }).toEqual({ digest, bytes });
  }
  expect(manifest.backend).toEqual({ name: "ONNXRuntime", version: "1.30.0", note: "because" });
  expect((await loadEngines(directory)).manifest).toEqual(manifest);
});

describe("a model is refused before it is built", () => {
  test.each<[string, string, (network: Network) => Network, string]>([
    [
      "with another input",
      "recognizer",
      (n) => ({ ...n, input: { ...n.input, name: "x" } }),
      "input.name is x, the model's inputs are image",
    ],
    [
      "of another size",
      "recognizer",
      (n) => ({ ...n, input: { ...n.input, width: 64 } }),
      "gives [1, 3, 32, 64], the model takes [1, 3, 32, 32]",
    ],
    [
      "of another layout",
      "recognizer",
      (n) => ({ ...n, input: { ...n.input, layout: "NHWC" } }),
      "gives [1, 32, 32, 3]",
    ],
    [
      "without an output that is named",
      "recognizer",
      (n) => ({ ...n, outputs: [{ ...n.outputs[0]!, tensors: ["y"] }] }),
      "names y, the model's outputs are out",
    ],
  ])("%s, with the field that is wrong", async (_, name, change, message) => {
    const failed = build({ networks: changed(name, change) });
    await expect(failed).rejects.toMatchObject({ reason: "ModelRefused", retryable: false });
    await expect(failed).rejects.toThrow(`network ${name}: `);
    await expect(failed).rejects.toThrow(message);
  });

  test("that is no model", async () => {
    const path = join(folder, "text.onnx");
    await writeFile(path, "not a model");
    const models = new Map([...tiny.models, ["recognizer", path]]);
    const directory = join(folder, "no-model");
    await mkdir(directory);
    const recipe = { key: "k", model: "m", revision: "r", precision: "FP32" as const, hardware: {} };
    const failed = buildEngines(
      { ...recipe, networks: tiny.networks, choice: { backend: onnxRuntime } },
      { models, directory, threads: 1, now: new Date(0) },
    );
    await expect(failed).rejects.toThrow("network recognizer: ONNX Runtime does not take the model");
  });

  test.each([
    ["FP16", "nothing in the model is in float16: set spec.precision to FP32"],
    ["INT8", "nothing in the model is quantized: set spec.precision to FP32"],
  ] as const)("in %s, in which its numbers are not", async (precision, message) => {
    const failed = build({ precision });
    await expect(failed).rejects.toMatchObject({ reason: "PrecisionUnsupported", retryable: false });
    await expect(failed).rejects.toThrow(message);
  });
});

test("an engine that does not say what its model says is refused", async () => {
  const twisted = await writeTinyModels(join(folder, "twisted"), { scale: 1.1 });
  const backend: Backend = {
    ...onnxRuntime,
    build: (model, options) => onnxRuntime.build(twisted.models.get(options.network) ?? model, options),
  };
  const failed = build({ backend });
  await expect(failed).rejects.toMatchObject({ reason: "GoldenMismatch" });
  await expect(failed).rejects.toThrow("recognizer: the engine's output out differs from the model's by 10.0%");
});

test("weights that are kept in bytes are floats in the engine, unless activations are quantized as well", async () => {
  const image = input("image", "float32", [1, 3, 32, 32]);
  const scale = constant(tensor("scale", "float32", [], Float32Array.of(0.5)));
  const weights = apply("DequantizeLinear", [
    constant(tensor("w", "int8", [3, 3], Int8Array.of(2, 0, 0, 0, 2, 0, 0, 0, 2))),
    scale,
  ]);
  const color = spatialMean(image);
  const zero = constant(tensor("zero", "int8", [], Int8Array.of(0)));
  const quantized = apply("DequantizeLinear", [apply("QuantizeLinear", [color, scale, zero]), scale, zero]);
  const operatorsOf = async (name: string, value: Result) => {
    const graph: Graph = { name, inputs: [image], outputs: [{ name: "out", value, type: "float32", dims: [1, 3] }] };
    const path = join(folder, `${name}.onnx`);
    await writeFile(path, encodeModel(writeModel(modelOf(graph, { opset: 17, irVersion: 8, producer: "facefleet" }))));
    const options = { network: `${name}-engine`, precision: "FP32" as const, directory: folder, threads: 1 };
    const built = await readFile(join(folder, await onnxRuntime.build(path, options)));
    return mainGraph(decodeModel(built)).node.map(({ opType }) => opType);
  };
  expect(await operatorsOf("weights-only", linear(color, weights))).not.toContain("DequantizeLinear");
  expect(await operatorsOf("everything", linear(quantized, weights))).toContain("QuantizeLinear");
});

describe("a golden answer", () => {
  const tensor = { tensor: "out", dims: [1, 2], rms: 10, stride: 1, values: [10, 10] };
  const golden = (changes: object) => ({ network: "n", seed: 1, outputs: [{ ...tensor, ...changes }] });

  test.each([
    ["the same", {}, undefined],
    ["off by rounding", { values: [10.005, 10] }, undefined],
    ["off by more", { values: [10.02, 10] }, "output out is off by 0.0200 at a scale of 10.0"],
    ["not a number", { values: [NaN, 10] }, "output out is off by Infinity at a scale of 10.0"],
    ["of other dimensions", { dims: [1, 3] }, "output out was [1, 2] and is [1, 3]"],
    ["of another tensor", { tensor: "other" }, "output out was [1, 2] and is [1, 2]"],
  ])("%s is told apart", (_, changes, wanted) => {
    expect(differenceOf(golden({}), golden(changes))).toBe(wanted);
  });

  test("is asked for with the same noise every time, spread over all values of a pixel", () => {
    expect([...noise(5, 7)]).toEqual([...noise(5, 7)]);
    expect([...noise(5, 7)]).not.toEqual([...noise(5, 8)]);
    const many = noise(10_000, 1);
    const mean = many.reduce((a, b) => a + b, 0) / many.length;
    expect(Math.abs(mean - 127.5)).toBeLessThan(3);
    expect(many.every((value) => value >= 0 && value < 255)).toBe(true);
  });
});

describe("the backend", () => {
  const orin = { tensorrt: "10.3.0.30", computeCapability: "8.7" };
  const tensorRt: Backend = { ...onnxRuntime, name: "TensorRT", supports: ({ tensorrt }) => tensorrt !== undefined };

  test.each([
    ["ONNXRuntime on a plain machine", "Auto", {}, [tensorRt, onnxRuntime], "ONNXRuntime"],
    ["TensorRT where there is one and a backend for it", "Auto", orin, [tensorRt, onnxRuntime], "TensorRT"],
    ["ONNXRuntime where it is asked for", "ONNXRuntime", orin, [tensorRt, onnxRuntime], "ONNXRuntime"],
  ] as const)("is %s", (_, wanted, hardware, backends, name) => {
    expect(chooseBackend(wanted, hardware, backends)).toEqual({ backend: expect.objectContaining({ name }) });
  });

  test("is ONNXRuntime where TensorRT has no backend, and says why", () => {
    const { backend, note } = chooseBackend("Auto", orin, [onnxRuntime]);
    expect(backend.name).toBe("ONNXRuntime");
    expect(note).toBe(
      "the node has TensorRT 10.3.0.30, which this build has no backend for: ONNXRuntime runs on its CPU",
    );
  });

  test.each([
    ["this build has not", orin, [onnxRuntime]],
    ["this node has not", {}, [tensorRt, onnxRuntime]],
  ])("that is asked for and %s is an error with the remedy", (_, hardware, backends) => {
    expect(() => chooseBackend("TensorRT", hardware, backends)).toThrow(
      expect.objectContaining({
        reason: "BackendUnavailable",
        message: expect.stringContaining("use Auto or one of ONNXRuntime"),
      }),
    );
  });
});
