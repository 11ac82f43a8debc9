import { describe, expect, test } from "@jest/globals";
import { apply, constant, input, type Value } from "../expression.ts";
import { modelOf, type Model } from "../graph.ts";
import { GraphError } from "../graph-error.ts";
import { tensor } from "../tensor.ts";
import type { Dim } from "../type.ts";
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
  const named = (opType: string, inputs: readonly Value[], attributes = {}) =>
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
