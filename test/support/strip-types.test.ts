import { expect, test } from "@jest/globals";
import * as ort from "onnxruntime-node";

test("a tensor made in a test is one that onnxruntime takes and gives back", () => {
  const tensor = new ort.Tensor("float32", Float32Array.of(1, 2), [2]);
  expect(tensor.data).toBeInstanceOf(Float32Array);
});
