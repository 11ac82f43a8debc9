import { expect, test } from "@jest/globals";
import { convertNetwork } from "../../hack/models/build-models.ts";
import type { Model } from "../graph/graph.ts";
import { readModel } from "../graph/read.ts";
import { inferTypes } from "../graph/shapes/infer.ts";
import { checkForTensorRT } from "../graph/tensorrt/check.ts";
import { versions } from "../graph/tensorrt/release.ts";
import { convertToFloat16 } from "./float16/convert.ts";
import { smallNetwork, smallPictures } from "./oracle/quantization.ts";
import { quantize, type Target } from "./quantize.ts";
import { onnxRuntimeSessions, type Batch } from "./session.ts";
import { quantizeWeights } from "./weight-only.ts";

const problems = (model: Model): string[] =>
  versions.flatMap((version) => checkForTensorRT(model, inferTypes(model), version).map(({ problem }) => problem));

const int8 = async (model: Model, target: Target, pictures: readonly Float32Array[], side: number): Promise<Model> => {
  const batches = (): Batch[] =>
    pictures.map((data) => ({ image: { type: "float32", dims: [1, 3, side, side], data } }));
  const open = onnxRuntimeSessions({ threads: 1 });
  return (await quantize(model, { target, method: { kind: "MinMax" }, batches, open })).model;
};

const grey = (side: number): readonly Float32Array[] => [
  Float32Array.from({ length: 3 * side * side }, (_, i) => 128 + 100 * Math.sin(i / 7)),
];

test.each<[string, () => Promise<Model>]>([
  ["the small network in INT8", () => int8(smallNetwork(), "TensorRT", smallPictures(), 12)],
  [
    "a face network in INT8",
    async () => int8(readModel(await convertNetwork("face-expression")), "TensorRT", grey(112), 112),
  ],
  [
    "one with weights alone in INT8",
    async () => quantizeWeights(readModel(await convertNetwork("face-landmarks"))).model,
  ],
  ["one in FP16", async () => convertToFloat16(readModel(await convertNetwork("face-expression"))).model],
])("every TensorRT takes %s", async (_, make) => {
  expect(problems(await make())).toEqual([]);
});

test("TensorRT does not take what is quantized for ONNX Runtime", async () => {
  const model = await int8(smallNetwork(), "ONNXRuntime", smallPictures(), 12);
  expect(problems(model)).toContain("it quantizes to uint8");
  expect(problems(model)).toContain("it quantizes to int32");
});
