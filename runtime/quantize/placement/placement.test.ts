import { describe, expect, test } from "@jest/globals";
import { apply, constant, input, type Attributes, type Value } from "../../graph/expression.ts";
import type { Graph } from "../../graph/graph.ts";
import { add, conv, linear, maxPool, relu } from "../../graph/operators.ts";
import { tensor } from "../../graph/tensor.ts";
import { nodeName } from "../../graph/attributes.ts";
import { valueName } from "../value-name.ts";
import { excludedOf, type Exclusion } from "./exclusion.ts";
import { placeForOnnxRuntime } from "./onnxruntime.ts";
import type { Placement } from "./placement.ts";
import { placeForTensorRT } from "./tensorrt.ts";
import { placeWeights } from "./weights.ts";

const image = input("image", "float32", ["N", 4, 8, 8]);
const floats = (name: string, ...dims: number[]) =>
  constant(tensor(name, "float32", dims, new Float32Array(dims.reduce((a, b) => a * b, 1))));
const weight = (name: string) => floats(name, 4, 4, 3, 3);
const convolve = (x: Value, name: string) =>
  conv(x, weight(`${name}.w`), floats(`${name}.b`, 4), { border: [1, 1, 1, 1] });
const named = (opType: string, name: string, inputs: readonly Value[], attributes: Attributes = {}) =>
  apply(opType, inputs, attributes, { name });
const graphOf = (value: Value): Graph => ({ name: "g", inputs: [image], outputs: [{ name: "y", value }] });

/** A placement as lines "reader.index <- what", in order. */
const lines = ({ readings }: Placement): string[] =>
  [...readings].flatMap(([application, inputs]) =>
    [...inputs].map(([index, reading]) => {
      const reader = `${nodeName(application)}.${index}`;
      switch (reading.kind) {
        case "Activation":
          return `${reader} <- ${valueName(reading.measured)}`;
        case "Weight":
          return `${reader} <- ${valueName(reading.constant)} by ${reading.axis ?? "one scale"}`;
        case "Bias":
          return `${reader} <- ${valueName(reading.bias.constant)} in int32`;
      }
    }),
  );
const forTensorRT = (value: Value, exclude: readonly Exclusion[] = []) => {
  const graph = graphOf(value);
  return lines(placeForTensorRT({ graph, excluded: excludedOf(graph, exclude) }));
};
const forOnnxRuntime = (value: Value, exclude: readonly Exclusion[] = []) => {
  const graph = graphOf(value);
  return lines(placeForOnnxRuntime({ graph, excluded: excludedOf(graph, exclude) }));
};

describe("for TensorRT", () => {
  test("a convolution reads its input and its weight in int8, and its bias as it is", () => {
    expect(forTensorRT(convolve(image, "a"))).toEqual(["Conv.0 <- image", "Conv.1 <- a.w by 0"]);
  });

  test("nothing comes between a convolution and its Relu", () => {
    const first = named("Conv", "first", [image, weight("a.w")]);
    const second = named("Conv", "second", [named("Relu", "rectified", [first]), weight("b.w")]);
    expect(forTensorRT(second)).toEqual([
      "first.0 <- image",
      "first.1 <- a.w by 0",
      "second.0 <- rectified",
      "second.1 <- b.w by 0",
    ]);
  });

  test.each([
    ["first", (branch: Value, shortcut: Value) => [branch, shortcut], "sum.1 <- shortcut"],
    ["second", (branch: Value, shortcut: Value) => [shortcut, branch], "sum.0 <- shortcut"],
  ])("of an Add whose %s operand is a convolution, the other one is rounded", (_, order, expected) => {
    const shortcut = named("Relu", "shortcut", [convolve(image, "a")]);
    const branch = named("Conv", "branch", [shortcut, weight("b.w")]);
    expect(forTensorRT(relu(named("Add", "sum", order(branch, shortcut))))).toContain(expected);
  });

  test("of two convolutions that are added, one is rounded", () => {
    const [a, b] = [named("Conv", "a", [image, weight("a.w")]), named("Conv", "b", [image, weight("b.w")])];
    const found = forTensorRT(named("Add", "sum", [a, b])).filter((line) => line.startsWith("sum"));
    expect(found).toEqual(["sum.1 <- b"]);
  });

  test.each<[string, Value]>([
    ["a constant", named("Add", "sum", [convolve(image, "a"), floats("c", 1)])],
    ["itself", named("Add", "sum", ((x) => [x, x])(convolve(image, "a")))],
    ["what is no layer", named("Add", "sum", [relu(convolve(image, "a")), relu(image)])],
  ])("an Add of a layer and %s stays as it is", (_, value) => {
    expect(forTensorRT(value).filter((line) => line.startsWith("sum"))).toEqual([]);
  });

  test("a convolution that others read too is not fused, so its Add stays as it is", () => {
    const shared = named("Conv", "shared", [image, weight("a.w")]);
    const sum = named("Add", "sum", [shared, relu(image)]);
    expect(forTensorRT(add(sum, relu(shared))).filter((line) => line.startsWith("sum"))).toEqual([]);
  });
});

describe("for ONNX Runtime", () => {
  test("bytes flow from layer to layer, and biases are int32", () => {
    const first = named("Conv", "first", [image, weight("a.w"), floats("a.b", 4)]);
    const second = named("Conv", "second", [named("Relu", "rectified", [first]), weight("b.w")]);
    expect(forOnnxRuntime(second).sort()).toEqual([
      "first.0 <- image",
      "first.1 <- a.w by 0",
      "first.2 <- a.b in int32",
      "second.0 <- rectified",
      "second.1 <- b.w by 0",
    ]);
  });

  test.each(["MatMul", "Gemm"])("a %s whose weight is the first operand stays as it is", (opType) => {
    const made = named(opType, "there", [floats("m", 8, 4), image]);
    const graph = graphOf(named("MatMul", "after", [made, floats("n", 8, 3)]));
    const { readings, left } = placeForOnnxRuntime({ graph, excluded: new Set() });
    expect(lines({ readings, left })).toEqual(["after.0 <- there", "after.1 <- n by 1"]);
    expect(left).toEqual([{ node: "there", reason: "the weight is the first operand, for which there is no kernel" }]);
    const weights = placeWeights({ graph, excluded: new Set() }, 1);
    expect(weights.left).toEqual([{ node: "there", reason: "the weight is the first operand" }]);
  });

  test("what moves bytes about has the range of what it reads", () => {
    const rectified = named("Relu", "rectified", [convolve(image, "a")]);
    const flat = apply("Flatten", [maxPool(rectified, 2, { stride: 2 })]);
    const found = forOnnxRuntime(linear(flat, floats("m", 64, 3)));
    expect(found).toContain("MaxPool.0 <- rectified");
    expect(found).toContain("Flatten.0 <- rectified");
    expect(found).toContain("MatMul.0 <- rectified");
    expect(found).toContain("MatMul.1 <- m by 1");
  });

  test("what an integer kernel makes is rounded for all who read it, what others make only for the kernels", () => {
    const halved = named("Div", "halved", [image, floats("c", 1)]);
    const made = named("Conv", "made", [halved, weight("a.w")]);
    const found = forOnnxRuntime(add(named("Exp", "e", [made]), named("Tanh", "t", [halved])));
    expect(found).toContain("made.0 <- halved");
    expect(found).toContain("e.0 <- made");
    expect(found.filter((line) => line.startsWith("t."))).toEqual([]);
  });

  test.each<[string, Value, string]>([
    ["zeros", named("Pad", "pad", [convolve(image, "a"), floats("pads", 8)]), "pad.0 <- Conv"],
    ["the nearest pixel", named("Resize", "pad", [convolve(image, "a")], { mode: "nearest" }), "pad.0 <- Conv"],
  ])("padding and resizing with %s moves bytes", (_, value, expected) => {
    expect(forOnnxRuntime(conv(value, weight("z"), undefined))).toContain(expected);
  });

  test("what only moves on to an output is not rounded", () => {
    const grid = named("Conv", "grid", [image, weight("a.w")]);
    const moved = apply("Transpose", [maxPool(grid, 2, { stride: 2 })], { perm: [0, 2, 3, 1] });
    expect(forOnnxRuntime(moved)).toEqual(["grid.0 <- image", "grid.1 <- a.w by 0"]);
  });

  test("the last layer gives floats back", () => {
    const found = forOnnxRuntime(named("Conv", "only", [image, weight("a.w")]));
    expect(found).toEqual(["only.0 <- image", "only.1 <- a.w by 0"]);
  });

  test("an Add of a constant stays in floating point", () => {
    const sum = named("Add", "sum", [convolve(image, "a"), floats("c", 1)]);
    expect(forOnnxRuntime(relu(sum)).filter((line) => line.startsWith("Relu"))).toEqual([]);
  });
});

describe("a weight", () => {
  test.each<[string, Value, string]>([
    ["Gemm", named("Gemm", "l", [image, floats("w", 4, 5)]), "l.1 <- w by 1"],
    ["Gemm with transB", named("Gemm", "l", [image, floats("w", 5, 4)], { transB: 1 }), "l.1 <- w by 0"],
    ["MatMul", named("MatMul", "l", [image, floats("w", 8, 5)]), "l.1 <- w by 1"],
    ["MatMul of stacked matrices", named("MatMul", "l", [image, floats("w", 4, 8, 5)]), "l.1 <- w by 2"],
    ["MatMul with a vector", named("MatMul", "l", [image, floats("w", 8)]), "l.1 <- w by one scale"],
    ["ConvTranspose", named("ConvTranspose", "l", [image, floats("w", 4, 6, 2, 2)]), "l.1 <- w by 1"],
    ["MatMul of two activations", named("MatMul", "l", [image, relu(image)]), "l.1 <- Relu"],
  ])("of %s has its channels where the operator has them", (_, value, expected) => {
    expect(forTensorRT(value)).toContain(expected);
    expect(forOnnxRuntime(value)).toContain(expected);
  });

  const computed = named("Conv", "c", [image, relu(weight("w"))]);
  const changeable = named("Gemm", "c", [
    image,
    { ...input("w", "float32", [4, 5]), initial: floats("w", 4, 5).tensor },
  ]);
  const half = named("Conv", "c", [image, constant(tensor("w", "float16", [1, 1, 1, 1], new Uint16Array(1)))]);
  test.each<[string, Value, RegExp]>([
    ["that is computed", computed, /node "c", value "Relu": .*fold constants/],
    ["that can change at run time", changeable, /node "c", value "w": .*take it off the graph's inputs/],
    ["in another type", half, /node "c", value "w": the weight is float16: quantize the float32 model/],
  ])("%s is refused with node, value and remedy, unless its node is left out", (_, value, message) => {
    for (const place of [forTensorRT, forOnnxRuntime]) {
      expect(() => place(value)).toThrow(message);
      expect(place(value, [{ node: "c" }])).toEqual([]);
    }
  });
});

describe("what is left out", () => {
  const first = named("Conv", "first", [image, weight("a.w")]);
  const middle = named("Conv", "middle", [relu(first), weight("b.w")]);
  const beside = named("Conv", "beside", [image, weight("d.w")]);
  const last = named("Conv", "last", [add(middle, beside), weight("c.w")]);
  const layers = (exclude: readonly Exclusion[]) =>
    [...new Set(forTensorRT(last, exclude).map((line) => line.split(".")[0]))].filter((name) => name !== "Add").sort();

  test.each<[string, Exclusion, string[]]>([
    ["a node by name", { node: "middle" }, ["beside", "first", "last"]],
    ["all of an operator", { operator: "Conv" }, []],
    ["the first layers", { layers: "first" }, ["last", "middle"]],
    ["the last layers", { layers: "last" }, ["beside", "first", "middle"]],
    ["the layer that makes an output", { layersOf: "y" }, ["beside", "first", "middle"]],
  ])("can be %s", (_, exclusion, expected) => {
    expect(layers([exclusion])).toEqual(expected);
  });

  test.each<[string, Exclusion, RegExp]>([
    ["node", { node: "frist" }, /no.* the node "frist" .*such as first, middle/s],
    ["operator", { operator: "LSTM" }, /the operator "LSTM"/],
    ["output", { layersOf: "z" }, /no output "z": name one of y/],
  ])("must be there: an unknown %s is refused", (_, exclusion, message) => {
    expect(() => layers([exclusion])).toThrow(message);
  });

  test("is told", () => {
    const graph = graphOf(last);
    const { left } = placeForTensorRT({ graph, excluded: excludedOf(graph, [{ node: "middle" }]) });
    expect(left).toEqual([{ node: "middle", reason: "left out as asked" }]);
  });
});
