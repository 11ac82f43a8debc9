import { encodeModel } from "../../graph/codec/encode.ts";
import { apply, float, input, type Value } from "../../graph/expression.ts";
import { modelOf, type Model } from "../../graph/graph.ts";
import { integers, number, numbers } from "../../graph/literals.ts";
import { writeModel } from "../../graph/write.ts";
import { convertToFloat16 } from "../float16/convert.ts";

/** A graph on two rows of four numbers that a computation in float16 throughout gets wrong. */
export interface Float16Case {
  readonly name: string;
  readonly model: Model;
  readonly x: readonly number[];
}

const x = input("x", "float32", [2, 4]);
const f = (value: number): Value => number("float32", value);
const square = (of: Value): Value => apply("Mul", [of, of]);
const meanOf = (of: Value): Value => apply("ReduceMean", [of], { axes: [-1] });
const sumOf = (of: Value): Value => apply("ReduceSum", [of, integers([-1])]);
const plus = (a: Value, b: Value): Value => apply("Add", [a, b]);
const over = (a: Value, b: Value): Value => apply("Div", [a, b]);
const times = (a: Value, b: Value): Value => apply("Mul", [a, b]);
const root = (of: Value): Value => apply("Sqrt", [of]);
const exp = (of: Value): Value => apply("Exp", [of]);
const centered = apply("Sub", [x, meanOf(x)]);
const scores = times(x, f(0.03));
const ones = numbers("float32", [4], [1, 1, 1, 1]);
const zeros = numbers("float32", [4], [0, 0, 0, 0]);
const cube = times(f(0.044715), apply("Pow", [x, f(3)]));

const large = [400, -300, 500, -600, 1, 2, 3, 4];
const ordinary = [4, -3, 5, -6, 1, 2, 3, 4];
const tiny = [4e-5, -3e-5, 5e-5, -6e-5, 0, 0, 0, 0];

const cases: Readonly<Record<string, { readonly y: Value; readonly x: readonly number[] }>> = {
  "a LayerNormalization by Pow": {
    y: over(centered, root(plus(meanOf(apply("Pow", [centered, f(2)])), f(1e-5)))),
    x: large,
  },
  "a LayerNormalization by Mul": { y: over(centered, root(plus(meanOf(square(centered)), f(1e-5)))), x: large },
  "a LayerNormalization with an epsilon of 1e-12": {
    y: over(centered, root(plus(meanOf(square(centered)), f(1e-12)))),
    x: tiny,
  },
  "a root mean square by Reciprocal": {
    y: times(times(x, apply("Reciprocal", [root(plus(meanOf(square(x)), f(1e-6)))])), ones),
    x: large,
  },
  "a root mean square by a negative power": {
    y: times(x, apply("Pow", [plus(meanOf(apply("Pow", [x, f(2)])), f(1e-6)), f(-0.5)])),
    x: large,
  },
  "a unit vector by ReduceSumSquare": {
    y: over(x, root(apply("ReduceSumSquare", [x], { axes: [-1] }))),
    x: large,
  },
  "a unit vector whose norm is clipped at 1e-12": {
    y: over(x, apply("Clip", [apply("ReduceL2", [x], { axes: [-1] }), f(1e-12)])),
    x: [400, -300, 500, -600, 0, 0, 0, 0],
  },
  "a Softmax by Exp": { y: over(exp(scores), sumOf(exp(scores))), x: large },
  "a Softmax by Exp and Reciprocal": { y: times(exp(scores), apply("Reciprocal", [sumOf(exp(scores))])), x: large },
  "a SiLU by Exp": { y: over(x, plus(exp(apply("Neg", [x])), f(1))), x: [4, -3, 15, -20, 1, 2, 3, 4] },
  "a GELU by a cube": {
    y: times(times(f(0.5), x), plus(apply("Tanh", [times(f(0.79788456), plus(x, cube))]), f(1))),
    x: [60, -60, 5, -6, 1, 2, 3, 4],
  },
  "a quotient of constants that both vanish": { y: over(times(x, f(1e-9)), f(1e-9)), x: ordinary },
  "a sum with 1e6 that is taken off again": {
    y: apply("Sub", [plus(x, f(1e6)), f(1e6)]),
    x: ordinary,
  },
  "a BatchNormalization with a variance of 1e-9": {
    y: apply("BatchNormalization", [x, ones, zeros, zeros, numbers("float32", [4], [1e-9, 1e-9, 1e-9, 1])], {
      epsilon: float(1e-10),
    }),
    x: tiny,
  },
};

const modelWith = (value: Value): Model =>
  modelOf(
    { name: "g", inputs: [x], outputs: [{ name: "y", value, type: "float32", dims: [2, 4] }] },
    { opset: 17, irVersion: 8, producer: "test" },
  );

export const float16Cases: readonly Float16Case[] = Object.entries(cases).map(([name, { y, x }]) => ({
  name,
  model: modelWith(y),
  x,
}));

/** The file of a model in FP16, in base64. */
export const halvedFile = (model: Model): string => base64(convertToFloat16(model).model);

const base64 = (model: Model): string => Buffer.from(encodeModel(writeModel(model))).toString("base64");

// What float16.py reads.
if (import.meta.main)
  console.log(
    JSON.stringify(
      float16Cases.map(({ name, model, x }) => ({ name, x, float32: base64(model), float16: halvedFile(model) })),
    ),
  );
