import { describe, expect, test } from "@jest/globals";
import { apply, constant, input, type Value } from "../expression.ts";
import { modelOf, type Model } from "../graph.ts";
import { GraphError } from "../graph-error.ts";
import { tensor } from "../tensor.ts";
import type { Dim, TensorType } from "../type.ts";
import { inferTypes } from "./infer.ts";

const model = (...values: readonly Value[]): Model => {
  const inputs = new Set<Extract<Value, { kind: "Input" }>>();
  const visit = (value: Value | undefined): void => {
    if (value?.kind === "Input") inputs.add(value);
    if (value?.kind === "Result") value.application.inputs.forEach(visit);
  };
  values.forEach(visit);
  const outputs = values.map((value, index) => ({ name: `y${index}`, value }));
  return modelOf({ name: "g", inputs: [...inputs], outputs }, { opset: 17, irVersion: 8, producer: "test" });
};
const image = (...dims: Dim[]) => input("x", "float32", dims);
const weight = (...dims: number[]) =>
  constant(tensor("w", "float32", dims, new Float32Array(dims.reduce((product, size) => product * size, 1))));
const ints = (...values: number[]) =>
  constant(tensor("i", "int64", [values.length], BigInt64Array.from(values, BigInt)));
const dimsOf = (value: Value): readonly Dim[] | undefined => inferTypes(model(value)).of(value)?.dims;

describe("sizes that are not known", () => {
  const x = image("N", 3, "H", "W");
  const stem = apply("Conv", [x, weight(8, 3, 3, 3)], { strides: [2, 2], pads: [1, 1, 1, 1] });
  const [n, rest] = [apply("Gather", [apply("Shape", [x]), ints(0)]), ints(-1)];
  test.each<[string, Value, readonly Dim[]]>([
    ["go through a convolution as an expression", stem, ["N", 8, "floor((H+1)/2)", "floor((W+1)/2)"]],
    [
      "are written in one form however they come about",
      apply("MaxPool", [stem], { kernel_shape: [2, 2], strides: [2, 2] }),
      ["N", 8, "floor((H+1)/4)", "floor((W+1)/4)"],
    ],
    ["are multiplied by Flatten", apply("Flatten", [x], { axis: 1 }), ["N", "3*H*W"]],
    ["cancel in Reshape", apply("Reshape", [x, apply("Concat", [n, rest], { axis: 0 })]), ["N", "3*H*W"]],
    ["add up in Concat", apply("Concat", [x, x, image(1, 3, 5, 7)], { axis: 2 }), [1, 3, "2*H+5", 7]],
    ["are cut at the front", apply("Slice", [x, ints(1), ints(2 ** 40), ints(2)]), ["N", 3, "max(0,H-1)", "W"]],
    ["are repeated by Tile", apply("Tile", [x, ints(2, 1, 1, 3)]), ["2*N", 3, "H", "3*W"]],
    [
      "are halved and doubled by Resize",
      apply("Resize", [x, undefined, constant(tensor("s", "float32", [4], Float32Array.of(1, 1, 2, 0.5)))]),
      ["N", 3, "2*H", "floor(W/2)"],
    ],
    ["of one operand are those of both", apply("Add", [x, image(1, 3, 1, "W")]), ["N", 3, "H", "W"]],
  ])("%s", (_, value, dims) => {
    expect(dimsOf(value)).toEqual(dims);
  });
});

describe("an operator that cannot take what it is given names node, input and sizes", () => {
  const named = (opType: string, inputs: readonly (Value | undefined)[], attributes = {}) =>
    apply(opType, inputs, attributes, { name: "n" });
  const x = image(1, 3, 8, 8);
  test.each<[string, Value, RegExp]>([
    ["Add", named("Add", [x, weight(2, 8)]), /node "n": Add: \[1, 3, 8, 8\] and \[2, 8\] do not broadcast: 8 is not 2/],
    [
      "Conv",
      named("Conv", [x, weight(8, 4, 3, 3)]),
      /input 1 "w" \[8, 4, 3, 3\] takes 4 channels in 1 group, and input 0 "x" \[1, 3, 8, 8\] has 3/,
    ],
    ["MatMul", named("MatMul", [x, weight(4, 2)]), /"x" \[1, 3, 8, 8\] and input 1 "w" \[4, 2\]: 8 is not 4/],
    ["Reshape", named("Reshape", [x, ints(5, -1)]), /"x" \[1, 3, 8, 8\] does not divide into \[5\]/],
    [
      "Concat",
      named("Concat", [x, weight(1, 3, 9, 8)], { axis: 1 }),
      /axis 2 of input 1 "w" \[1, 3, 9, 8\].*: 8 is not 9/,
    ],
    [
      "Gemm",
      named("Gemm", [weight(2, 3), weight(3, 4), weight(5)]),
      /input 2 "w" \[5\] does not broadcast to \[2, 4\]/,
    ],
    ["Transpose", named("Transpose", [x], { perm: [0, 1] }), /perm \[0, 1\] does not suit input 0 "x" \[1, 3, 8, 8\]/],
    ["Squeeze", named("Squeeze", [x, ints(1)]), /axis 1 of input 0 "x" \[1, 3, 8, 8\] is 3 and cannot be left out/],
    ["MaxPool", named("MaxPool", [x], { kernel_shape: [9, 9] }), /a window of 9 does not fit into 8 with pads 0 and 0/],
    ["Softmax", named("Softmax", [x], { axis: 4 }), /axis 4 is not among the 4 axes of input 0 "x"/],
    ["Split", named("Split", [x, ints(1, 1)], { axis: 1 }), /2 parts are given for 1 outputs/],
    ["Slice", named("Slice", [x, ints(0), ints(1), ints(9)]), /axis 9 is not among the 4 axes/],
    ["Gather", named("Gather", [apply("Shape", [x]), ints(4)]), /index 4 is not among the 4 of input 0/],
    [
      "BatchNormalization",
      named("BatchNormalization", [x, ...[8, 8, 8, 8].map((n) => weight(n))]),
      /input 1 "w" \[8\] and the channels of input 0 "x" .*: 8 is not 3/,
    ],
    [
      "QuantizeLinear",
      named("QuantizeLinear", [x, weight(5)], { axis: 1 }),
      /input 1 "w" \[5\] and axis 1 of input 0 .*: 5 is not 3/,
    ],
    [
      "Einsum",
      named("Einsum", [x, weight(3)], { equation: "nchw,h->nc" }),
      /"h" of "nchw,h->nc" at input 1 "w" \[3\]: 8 is not 3/,
    ],
    ["Resize", named("Resize", [x, undefined, undefined, ints(1, 2)]), /2 sizes are given for 4 axes of input 0/],
    ["Pad", named("Pad", [x, ints(1, 1)]), /pads has 2 counts and must have two for each of 4 axes/],
    ["TopK", named("TopK", [x, ints(9)]), /k is 9, and axis 3 of input 0 "x" \[1, 3, 8, 8\] has 8/],
  ])("%s", (_, value, message) => {
    expect(() => inferTypes(model(value))).toThrow(GraphError);
    expect(() => inferTypes(model(value))).toThrow(message);
  });
});

test("an operator without a rule makes values that are not known, and so does what needs them", () => {
  const strange = apply("Strange", [image(1)], {}, { domain: "some.where" });
  const types = inferTypes(model(apply("Relu", [strange])));
  expect(types.of(strange)).toBeUndefined();
});

test("sizes can be given by name", () => {
  const value = apply("Relu", [image("N", "?0", 3)]);
  expect(inferTypes(model(value), { sizes: { N: 4 } }).of(value)?.dims).toEqual([4, "?0", 3]);
});

test("a declared shape fills in what the rules leave open, and yields to what they know", () => {
  const x = image("N", 3);
  const rows = apply("NonZero", [x]);
  const relu = apply("Relu", [x]);
  const { graph, ...rest } = model(rows, relu);
  const declared = new Map<Value, TensorType>([
    [rows, { type: "int64", dims: [2, "found"] }],
    [relu, { type: "float32", dims: [7, 7] }],
  ]);
  const types = inferTypes({ ...rest, graph: { ...graph, declared } });
  expect(types.of(rows)!.dims).toEqual([2, "found"]);
  expect(types.of(relu)!.dims).toEqual(["N", 3]);
});

test("what a shape holds is told as far as it is known", () => {
  const shape = apply("Shape", [image("N", 3, 8)]);
  const doubled = apply("Mul", [shape, ints(2)]);
  const types = inferTypes(model(doubled));
  expect(types.valuesOf(doubled)).toEqual(["2*N", 6, 16]);
  expect(types.valuesOf(shape)).toEqual(["N", 3, 8]);
});
