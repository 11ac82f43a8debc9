import { describe, expect, test } from "@jest/globals";
import { apply, applyMany, input, type Input, type Value } from "../graph/expression.ts";
import { modelOf, type Model, type Output } from "../graph/graph.ts";
import { integers, number, numbers } from "../graph/literals.ts";
import { add, expand, multiply, negate, reduce, relu, reshape, shapeOf, sigmoid } from "../graph/operators.ts";
import { inferTypes } from "../graph/shapes/infer.ts";
import { sizeOf } from "../graph/tensor.ts";
import { applicationsOf, operandsOf } from "../graph/topology.ts";
import type { Dim } from "../graph/type.ts";
import { GradientError } from "./gradient-error.ts";
import { gradients } from "./gradients.ts";
import { evaluator, type Fed } from "./oracle/evaluate.ts";

const floats = (name: string, ...dims: Dim[]): Input => input(name, "float32", dims);
const x = floats("x", 3);
const w = floats("w", 3);

const modelWith = (inputs: readonly Input[], outputs: readonly Output[], opset = 18): Model =>
  modelOf({ name: "test", inputs, outputs }, { opset, irVersion: 8, producer: "facefleet" });

const derive = (of: Value, wrt: readonly Value[], inputs: readonly Input[], opset = 18): ReadonlyMap<Value, Value> =>
  gradients({ of, wrt, opset, types: inferTypes(modelWith(inputs, [{ name: "y", value: of }], opset)) });

/** The elements of a gradient at a point. */
async function at(gradient: Value | undefined, feeds: Readonly<Record<string, Fed>>, inputs: readonly Input[]) {
  const model = await evaluator(modelWith(inputs, [{ name: "d", value: gradient!, type: "float32" }]));
  return (await model.run(feeds)).d;
}

const row = (...values: number[]): Fed => ({ dims: [values.length], values });
const sum = (value: Value): Value => reduce("Sum", value, { opset: 18 });
const operatorsOf = (value: Value): string[] =>
  applicationsOf({ outputs: [{ name: "", value }] }).map(({ opType }) => opType);

describe("gradients", () => {
  test("of a value that is used in several places add up", async () => {
    const y = sum(add(multiply(x, x), add(multiply(x, w), negate(x))));
    const found = derive(y, [x], [x, w]).get(x);
    expect(await at(found, { x: row(1, 2, 3), w: row(10, 20, 30) }, [x, w])).toEqual([11, 23, 35]);
    expect(operatorsOf(found!)).toContain("Sum");
  });

  test("of a value that is no scalar are those of its sum", async () =>
    expect(await at(derive(multiply(x, w), [x], [x, w]).get(x), { x: row(1, 2, 3), w: row(4, 5, 6) }, [x, w])).toEqual([
      4, 5, 6,
    ]));

  test("with respect to a value in between leave what is before it alone", async () => {
    const between = multiply(x, w);
    const found = derive(sum(multiply(between, between)), [between, x], [x, w]);
    expect(await at(found.get(between), { x: row(1, 2, 3), w: row(1, 1, 1) }, [x, w])).toEqual([2, 4, 6]);
    expect(await at(found.get(x), { x: row(1, 2, 3), w: row(2, 2, 2) }, [x, w])).toEqual([8, 16, 24]);
  });

  test("of a value itself are ones", async () =>
    expect(await at(derive(x, [x], [x]).get(x), { x: row(5, 6, 7) }, [x])).toEqual([1, 1, 1]));

  test("of a large value begin with one number, not with as many as it has", () => {
    const large = floats("large", 64, 256, 56, 56);
    const constants = applicationsOf({
      outputs: [{ name: "", value: derive(sigmoid(large), [large], [large]).get(large)! }],
    })
      .flatMap(operandsOf)
      .flatMap((value) => (value.kind === "Constant" ? [sizeOf(value.tensor.dims)] : []));
    expect(Math.max(...constants)).toBeLessThanOrEqual(4);
  });

  test("of what does not depend on a value, or only through flat operators, are not there", () => {
    const y = add(x, apply("Floor", [w]));
    expect([...derive(y, [x, w, floats("unused", 3)], [x, w]).keys()]).toEqual([x]);
  });

  test("with respect to a shape's source are not there", () => {
    const y = expand(number("float32", 1), shapeOf(x));
    expect(derive(y, [x], [x]).size).toBe(0);
  });

  test("with respect to a constant are those of a parameter", async () => {
    const weight = numbers("float32", [3], [1, 2, 3]);
    expect(await at(derive(multiply(x, weight), [weight], [x]).get(weight), { x: row(4, 5, 6) }, [x])).toEqual([
      4, 5, 6,
    ]);
  });

  test("build nothing for what is not wanted", () => {
    const image = floats("image", 1, 2, "H", "W");
    const weight = numbers("float32", [2, 2, 1, 1], [1, 2, 3, 4]);
    const scale = numbers("float32", [1, 2, 1, 1], [1, 1]);
    const y = multiply(apply("Conv", [image, weight], { auto_pad: "SAME_UPPER", strides: [2, 2] }), scale);
    const made = operatorsOf(derive(y, [scale], [image]).get(scale)!);
    expect(made.sort()).toEqual(["Conv", "Expand", "Mul", "Mul", "ReduceSum", "Shape"]);
    expect(captured(() => derive(y, [weight], [image])).problem).toMatch(/auto_pad|only known when the graph runs/);
  });

  test("of a loss with respect to every parameter can be differentiated again", async () => {
    const first = derive(sum(multiply(multiply(x, x), x)), [x], [x]).get(x)!;
    expect(await at(derive(first, [x], [x]).get(x), { x: row(1, 2, 3) }, [x])).toEqual([6, 12, 18]);
  });
});

describe("sizes that are only known when the graph runs", () => {
  const batch = floats("batch", "N", "M");
  const fed = { dims: [2, 3], values: [1, 2, 3, 4, 5, 6] };

  test("are computed to undo broadcasting", async () => {
    const bias = floats("bias", "K");
    const found = derive(multiply(batch, bias), [bias], [batch, bias]).get(bias);
    expect(await at(found, { batch: fed, bias: row(1, 1, 1) }, [batch, bias])).toEqual([5, 7, 9]);
    expect(await at(found, { batch: fed, bias: row(1) }, [batch, bias])).toEqual([21]);
  });

  test("are computed for a mean, a reshape and a concatenation", async () => {
    const joined = apply("Concat", [batch, relu(batch)], { axis: 1 });
    const y = reduce("Mean", reshape(joined, [-1]), { opset: 18 });
    expect(await at(derive(y, [batch], [batch]).get(batch), { batch: fed }, [batch])).toEqual(
      fed.values.map(() => Math.fround(2 / 12)),
    );
  });

  test("are computed for a slice", async () => {
    const part = apply("Slice", [batch, integers([-2]), integers([9]), integers([1])]);
    expect(await at(derive(part, [batch], [batch]).get(batch), { batch: fed }, [batch])).toEqual([0, 1, 1, 0, 1, 1]);
  });

  test("are computed for the input of a convolution with strides", async () => {
    const image = floats("image", 1, 1, "H", "W");
    const y = apply("Conv", [image, numbers("float32", [1, 1, 2, 2], [1, 2, 3, 4])], { strides: [2, 2] });
    const shape = { dims: [1, 1, 3, 2], values: [1, 1, 1, 1, 1, 1] };
    expect(await at(derive(y, [image], [image]).get(image), { image: shape }, [image])).toEqual([1, 2, 3, 4, 0, 0]);
  });

  test("are refused before opset 13, where broadcasting hides them", () => {
    const bias = floats("bias", "K");
    expect(() => derive(multiply(batch, bias), [bias], [batch, bias], 12)).toThrow(/opset 13/);
  });
});

describe("an operator that cannot be differentiated", () => {
  const hard = applyMany("Hardmax", [sigmoid(x)], {}, 1, { name: "pick" })[0]!;

  test("is named, with the value that needs it", () => {
    const error = captured(() => derive(sum(hard), [w, x], [x, w]));
    expect(error).toMatchObject({ node: "pick", operator: "Hardmax", wanted: "x" });
    expect(error.message).toBe('gradient of "x", node "pick" (Hardmax): no gradient rule for this operator');
  });

  test("is no matter where no wanted value needs it", () =>
    expect([...derive(add(hard, w), [w], [x, w]).keys()]).toEqual([w]));

  test("of another domain is none of ours", () => {
    const other = apply("Relu", [x], {}, { domain: "com.example" });
    expect(captured(() => derive(other, [x], [x]))).toMatchObject({ operator: "com.example.Relu" });
  });

  test.each([
    ["ScatterElements", [3]],
    ["ScatterND", [3, 1]],
  ])("is a %s that multiplies, whichever of its inputs is wanted", (opType, dims) => {
    const indices = numbers("int64", dims, [2, 0, 1]);
    const product = apply(opType, [numbers("float32", [3], [1, 2, 3]), indices, x], { reduction: "mul" });
    expect(captured(() => derive(product, [x], [x])).problem).toBe('reduction "mul"');
  });

  test("is one of an operator set in which it may mean something else", () =>
    expect(captured(() => derive(relu(x), [x], [x], 10)).problem).toMatch(/opset 10: .* since opset 11/));

  test("is a BatchNormalization that says by its outputs that it trains", () => {
    const batch = floats("batch", 2, 3);
    const [y] = applyMany("BatchNormalization", [batch, w, w, w, w], {}, 5);
    expect(captured(() => derive(y!, [batch], [batch, w], 11)).problem).toMatch(/trains, before opset 14/);
  });

  test("is one whose second output has a gradient that its rule does not read", () => {
    const [, mean] = applyMany("LayerNormalization", [x, w], {}, 2);
    expect(captured(() => derive(mean!, [x], [x, w])).problem).toMatch(/first output/);
  });
});

function captured(act: () => unknown): GradientError {
  try {
    act();
  } catch (error) {
    if (error instanceof GradientError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("dropout in training", () => {
  test("lets through what its own mask lets through", async () => {
    const inputs = [x];
    const [y] = applyMany("Dropout", [x, number("float32", 0.25), number("bool", 1)], {}, 2);
    const outputs: Output[] = [
      { name: "y", value: y!, type: "float32" },
      { name: "d", value: derive(y!, [x], inputs).get(x)!, type: "float32" },
    ];
    const results = await (await evaluator(modelWith(inputs, outputs))).run({ x: row(1, 1, 1) });
    expect(results.d).toEqual(results.y);
  });

  test("drops as many as an input says when it runs", async () => {
    const ratio = floats("ratio");
    const inputs = [x, ratio];
    const [y] = applyMany("Dropout", [x, ratio, number("bool", 1)], {}, 2);
    const outputs: Output[] = [
      { name: "y", value: y!, type: "float32" },
      { name: "d", value: derive(y!, [x], inputs).get(x)!, type: "float32" },
    ];
    const feeds = { x: row(1, 1, 1), ratio: { dims: [], values: [0.75] } };
    const results = await (await evaluator(modelWith(inputs, outputs))).run(feeds);
    expect(results.d).toEqual(results.y);
  });

  test("needs its mask", () => {
    const y = apply("Dropout", [x, number("float32", 0.25), number("bool", 1)]);
    expect(captured(() => derive(y, [x], [x])).problem).toMatch(/mask/);
  });
});
