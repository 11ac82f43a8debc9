import { expect, test } from "@jest/globals";
import { apply, constant, input, type Value } from "../graph/expression.ts";
import { number, numbers } from "../graph/literals.ts";
import { add, concat, expand, multiply, reshape } from "../graph/operators.ts";
import { tensor } from "../graph/tensor.ts";
import { parametersOf } from "./parameters.ts";

const x = input("x", "float32", ["N", 4]);

const weight = (name: string, dims: readonly number[]): Value =>
  constant(tensor(name, "float32", dims, new Float32Array(dims.reduce((product, size) => product * size, 1))));

const learnedIn = (value: Value): readonly string[] =>
  parametersOf({ name: "", inputs: [x], outputs: [{ name: "y", value }] }).map(
    ({ name, operator }) => `${name} of ${operator}`,
  );

const shared = weight("w", [4, 4]);

test.each<[string, Value, readonly string[]]>([
  [
    "a weight, and the bias that is added to its product",
    add(apply("MatMul", [x, weight("w", [4, 2])]), weight("b", [2])),
    ["w of MatMul", "b of Add"],
  ],
  [
    "a weight that an exporter left to be transposed",
    apply("MatMul", [x, apply("Transpose", [weight("w", [2, 4])], { perm: [1, 0] })]),
    ["w of MatMul"],
  ],
  [
    "slopes that are stretched to the channels",
    apply("PRelu", [x, apply("Unsqueeze", [weight("slope", [4]), numbers("int64", [1], [0])])]),
    ["slope of PRelu"],
  ],
  [
    "a token that is put before what a layer adds to",
    add(concat([expand(weight("token", [1, 4]), numbers("int64", [2], [1, 4])), x], 0), weight("position", [1, 4])),
    ["token of Add", "position of Add"],
  ],
  [
    "rows that are picked",
    apply("Gather", [weight("words", [9, 4]), input("which", "int64", ["N"])]),
    ["words of Gather"],
  ],
  [
    "scale and shift of a normalization, not its moments",
    apply("BatchNormalization", [
      x,
      weight("scale", [4]),
      weight("shift", [4]),
      weight("mean", [4]),
      weight("variance", [4]),
    ]),
    ["scale of BatchNormalization", "shift of BatchNormalization"],
  ],
  ["no number that arithmetic reads", add(multiply(x, number("float32", 0.5)), numbers("float32", [1], [1e-5])), []],
  ["no integers, nor what they lay out", reshape(x, numbers("int64", [2], [-1, 2])), []],
  ["a weight that two layers share, once", apply("MatMul", [apply("MatMul", [x, shared]), shared]), ["w of MatMul"]],
])("learned is %s", (_, value, learned) => expect(learnedIn(value)).toEqual(learned));
