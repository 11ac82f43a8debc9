import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertNetwork } from "../../hack/models/build-models.ts";
import { channelsFirst, testPicture } from "../../hack/models/oracle/picture.ts";
import { decodeModel } from "../graph/codec/decode.ts";
import { encodeModel } from "../graph/codec/encode.ts";
import { apply, type Value } from "../graph/expression.ts";
import type { Model } from "../graph/graph.ts";
import { integers, number, numbers } from "../graph/literals.ts";
import { readModel } from "../graph/read.ts";
import { rewriteGraph } from "../graph/rewrite.ts";
import { inferTypes } from "../graph/shapes/infer.ts";
import { checkForTensorRT } from "../graph/tensorrt/check.ts";
import { describeProblem } from "../graph/tensorrt/problem.ts";
import { applicationsOf } from "../graph/topology.ts";
import { writeModel } from "../graph/write.ts";
import { onnxRuntimeSessions, type Batch } from "../quantize/session.ts";
import { similarity } from "../quantize/similarity.ts";
import { inHalves, inIntegers, reduceModels, type Reduction } from "./reduce.ts";

/** A real recognizer as PyTorch's exporter would have written it. */

let folder: string;
let given: Model;
let exported: Model;
const image: Batch[string] = { type: "float32", dims: [1, 3, 150, 150], data: channelsFirst(testPicture(150)) };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reduce-"));
  given = readModel(await convertNetwork("face-recognition"));
  exported = asExported(given);
});
afterAll(() => rm(folder, { recursive: true }));

/**
 * The same network in the words of torch.export without its optimizations: a normalization behind each convolution,
 * whose statistics are made by Cast and Expand, and means whose axes pass through Reshape.
 */
function asExported(model: Model): Model {
  const types = inferTypes(model);
  const { graph } = rewriteGraph(model.graph, {
    application: (made, was) => {
      if (made.opType === "GlobalAveragePool") {
        const axes = apply("Reshape", [integers([2, 3]), integers([-1])]);
        return [apply("ReduceMean", [made.inputs[0], axes], { keepdims: 1 })];
      }
      const channels = types.of(was.results[0]!)?.dims?.[1];
      return made.opType === "Conv" ? [normalized(made.results[0]!, channels as number)] : undefined;
    },
  });
  return { ...model, opsets: new Map([["", 18]]), graph };
}

/** A normalization that changes nothing: it takes away what it adds, and divides by what it multiplies. */
function normalized(value: Value, channels: number): Value {
  const each = (height: number): Value =>
    apply("Expand", [apply("Cast", [number("float64", height)], { to: 1 }), integers([channels])]);
  const shift = numbers("float32", [channels], new Array<number>(channels).fill(0.5));
  return apply("BatchNormalization", [value, each(2), shift, shift, each(4)], { epsilon: { floats: 0 } });
}

async function reduce(reduction: Reduction): Promise<Model> {
  const path = join(folder, "exported.onnx");
  await writeFile(path, encodeModel(writeModel(exported)));
  const files = await reduceModels(reduction, {
    models: new Map([["recognizer", path]]),
    directory: await mkdtemp(join(folder, "reduced-")),
    signal: new AbortController().signal,
    onReduced: () => undefined,
  });
  return readModel(decodeModel(await readFile(files.get("recognizer")!)));
}

const integersFor = (target: "TensorRT" | "ONNXRuntime"): Reduction =>
  inIntegers({
    target,
    inputs: new Map([["recognizer", [{ image }]]]),
    threads: 1,
    signal: new AbortController().signal,
  });

async function embeddingBy(model: Model): Promise<Float32Array> {
  await using session = await onnxRuntimeSessions({ threads: 1 })(model);
  return (await session.run({ image }))[0]!.data as Float32Array;
}

const problemsOf = (model: Model): string[] => checkForTensorRT(model, inferTypes(model), "10.3").map(describeProblem);

describe("a recognizer as it was exported", () => {
  test.each<[string, Reduction, number]>([
    ["INT8 for ONNX Runtime", integersFor("ONNXRuntime"), 0.99],
    ["INT8 for TensorRT", integersFor("TensorRT"), 0.99],
    ["FP16", inHalves, 0.9999],
  ])("says the same in %s, with nothing between a convolution and its rounding", async (_, reduction, least) => {
    const reduced = await reduce(reduction);
    const operators = new Set(applicationsOf(reduced.graph).map(({ opType }) => opType));
    for (const each of ["BatchNormalization", "Expand", "Reshape"]) expect(operators).not.toContain(each);
    const { cosine } = similarity(await embeddingBy(given), await embeddingBy(reduced));
    expect(cosine).toBeGreaterThan(least);
  });

  test("is taken by TensorRT, which refuses the axes that the exporter left to be computed", async () => {
    expect(problemsOf(exported)).toEqual([expect.stringContaining("axes is computed")]);
    for (const reduction of [integersFor("TensorRT"), inHalves])
      expect(problemsOf(await reduce(reduction))).toEqual([]);
  });
});

test("a file that is no model is refused by the name of its network", async () => {
  const path = join(folder, "text.onnx");
  await writeFile(path, "not a model");
  const task = { directory: folder, signal: new AbortController().signal, onReduced: () => undefined };
  const failed = reduceModels(inHalves, { ...task, models: new Map([["recognizer", path]]) });
  await expect(failed).rejects.toMatchObject({ reason: "ModelRefused", retryable: false });
  await expect(failed).rejects.toThrow("network recognizer: ONNX model");
});

test("a network that no picture reaches is refused with the remedy", async () => {
  const reduction = inIntegers({
    target: "ONNXRuntime",
    inputs: new Map([["recognizer", []]]),
    threads: 1,
    signal: new AbortController().signal,
  });
  await expect(reduce(reduction)).rejects.toThrow("no calibration picture reaches it: give a set with faces");
});
