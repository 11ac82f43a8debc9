import { expect, test } from "@jest/globals";
import { digestOf, hexOf } from "../engine/digest.ts";
import { apply, constant, input, type Value } from "../graph/expression.ts";
import { encodeModel } from "../graph/codec/encode.ts";
import { modelOf, type Model } from "../graph/graph.ts";
import { integers, numbers } from "../graph/literals.ts";
import { add, conv, linear, maxPool, relu } from "../graph/operators.ts";
import { tensor } from "../graph/tensor.ts";
import { writeModel } from "../graph/write.ts";
import { inHalves, inIntegers, reduceModel, reducer, type Reduction } from "./reduce.ts";

/** What revision 2 makes of the network below, by the hash of the file. */
const known = {
  reducer: 2,
  files: {
    FP16: "4618e49405cfe2dc",
    "INT8 for ONNX Runtime": "23630507abf20c37",
    "INT8 for TensorRT": "59ffc45d28992bb5",
  },
};

/** `count` of -4/8 to 4/8 in disorder. */
const eighths = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => (((i * 7) % 9) - 4) / 8);
const weight = (name: string, ...dims: number[]) =>
  constant(tensor(name, "float32", dims, eighths(dims.reduce((a, b) => a * b))));
const same = (height: number): Value => numbers("float32", [4], [height, height, height, height]);

/**
 * A small network of what recognizers are made of. All that it computes from whole numbers is exact in float32 in whatever
 * order it is added up, so every processor measures the same ranges.
 */
function network(): Model {
  const image = input("image", "float32", [1, 2, 8, 8]);
  const first = conv(image, weight("first", 4, 2, 3, 3), undefined, { border: [1, 1, 1, 1] });
  const scale = apply("Expand", [numbers("float32", [], [2]), integers([4])]);
  const normalized = apply("BatchNormalization", [first, scale, same(0.5), same(0.25), same(4)], {
    epsilon: { floats: 0 },
  });
  const pooled = maxPool(relu(normalized), 2, { stride: 2 });
  const second = conv(pooled, weight("second", 4, 4, 3, 3), weight("bias", 4), { border: [1, 1, 1, 1] });
  const both = apply("Concat", [relu(add(second, pooled)), apply("LeakyRelu", [second], { alpha: { floats: 0.5 } })], {
    axis: 1,
  });
  const axes = apply("Reshape", [integers([2, 3]), integers([-1])]);
  const mean = apply("Flatten", [apply("ReduceMean", [both, axes], { keepdims: 1 })]);
  const embedding = linear(mean, weight("last", 8, 4), weight("shift", 4));
  const outputs = [{ name: "embedding", value: embedding, type: "float32", dims: [1, 4] } as const];
  return modelOf({ name: "small", inputs: [image], outputs }, { opset: 18, irVersion: 8, producer: "test" });
}

function integersFor(target: "TensorRT" | "ONNXRuntime"): Reduction {
  const data = Float32Array.from({ length: 128 }, (_, i) => (i * 37) % 32);
  const inputs = new Map([["small", [{ image: { type: "float32" as const, dims: [1, 2, 8, 8], data } }]]]);
  return inIntegers({ target, inputs, threads: 1, signal: new AbortController().signal });
}

async function fileOf(reduction: Reduction): Promise<string> {
  const { model } = await reduceModel(encodeModel(writeModel(network())), "small", reduction);
  return hexOf(digestOf(encodeModel(writeModel(model)))).slice(0, 16);
}

test("models are reduced as this revision says: where a file differs, raise `reducer` and record it here", async () => {
  const files = {
    FP16: await fileOf(inHalves),
    "INT8 for ONNX Runtime": await fileOf(integersFor("ONNXRuntime")),
    "INT8 for TensorRT": await fileOf(integersFor("TensorRT")),
  };
  expect({ reducer, files }).toEqual(known);
});
