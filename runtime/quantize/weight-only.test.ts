import { expect, test } from "@jest/globals";
import { encodeModel } from "../graph/codec/encode.ts";
import { writeModel } from "../graph/write.ts";
import { convertNetwork } from "../../hack/models/build-models.ts";
import { channelsFirst, testPicture } from "../../hack/models/oracle/picture.ts";
import { readModel } from "../graph/read.ts";
import { applicationsOf } from "../graph/topology.ts";
import { onnxRuntimeSessions } from "./session.ts";
import { similarity } from "./similarity.ts";
import { quantizeWeights } from "./weight-only.ts";

test("weights in int8 say nearly the same in a quarter of the size, without a picture", async () => {
  const model = readModel(await convertNetwork("face-recognition"));
  const result = quantizeWeights(model, { exclude: [{ layers: "last" }] });
  const size = (of: typeof model) => encodeModel(writeModel(of)).length;
  expect(size(result.model)).toBeLessThan(0.28 * size(model));
  expect(result.quantized).toHaveLength(29);
  expect(result.left).toHaveLength(1);
  expect(applicationsOf(result.model.graph).some(({ opType }) => opType === "QuantizeLinear")).toBe(false);
  const open = onnxRuntimeSessions({ threads: 1 });
  await using one = await open(model);
  await using two = await open(result.model);
  const image = { type: "float32", dims: [1, 3, 150, 150], data: channelsFirst(testPicture(150)) } as const;
  const [[exact], [quantized]] = [await one.run({ image }), await two.run({ image })];
  expect(similarity(exact!.data as Float32Array, quantized!.data as Float32Array).cosine).toBeGreaterThan(0.9995);
});

test("small weights stay as they are, as asked", async () => {
  const model = readModel(await convertNetwork("face-recognition"));
  const { quantized, left } = quantizeWeights(model, { smallest: 100_000 });
  expect(left.every(({ reason }) => reason === "the weight has fewer than 100000 elements")).toBe(true);
  expect(left.length + quantized.length).toBe(30);
});
