import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { convertNetwork } from "../../../hack/models/build-models.ts";
import { channelsFirst, testPicture } from "../../../hack/models/oracle/picture.ts";
import { encodeModel } from "../../graph/codec/encode.ts";
import { application, apply, constant, input, type Value } from "../../graph/expression.ts";
import { modelOf, type Model } from "../../graph/graph.ts";
import { add, multiply, relu } from "../../graph/operators.ts";
import { readModel } from "../../graph/read.ts";
import { inferTypes } from "../../graph/shapes/infer.ts";
import { tensor, valuesOf } from "../../graph/tensor.ts";
import { applicationsOf } from "../../graph/topology.ts";
import { writeModel } from "../../graph/write.ts";
import { onnxRuntimeSessions, type Batch } from "../session.ts";
import { similarity } from "../similarity.ts";
import { convertToFloat16, type Float16Options } from "./convert.ts";
import { halve } from "./half.ts";

const open = onnxRuntimeSessions({ threads: 1 });
const x = input("x", "float32", ["N", 4]);
const batch: Batch = { x: { type: "float32", dims: [2, 4], data: Float32Array.of(1, -2, 3, 0.5, 100, -7, 0.1, 4) } };
const floats = (name: string, ...values: number[]) =>
  constant(tensor(name, "float32", [values.length], Float32Array.from(values)));

function modelWith(value: Value, opset = 17): Model {
  const graph = { name: "g", inputs: [x], outputs: [{ name: "y", value, type: "float32" as const, dims: ["N", 4] }] };
  return modelOf(graph, { opset, irVersion: 8, producer: "test" });
}

/** The element type that each operator computes with. */
function computedIn(model: Model): Record<string, string | undefined> {
  const types = inferTypes(model);
  return Object.fromEntries(
    applicationsOf(model.graph).map(({ opType, results }) => [opType, types.of(results[0]!)?.type]),
  );
}

async function outputOf(model: Model): Promise<Float32Array> {
  await using session = await open(model);
  const [output] = await session.run(batch);
  return output!.data as Float32Array;
}

describe("a model in FP16", () => {
  test("computes with float16 between inputs and outputs of float32", async () => {
    const given = modelWith(relu(add(multiply(x, floats("two", 2, 2, 2, 2)), floats("half", 0.5, 0.5, 0.5, 0.5))));
    const { model, left, lossy } = convertToFloat16(given);
    expect(computedIn(model)).toEqual({ Cast: "float32", Mul: "float16", Add: "float16", Relu: "float16" });
    expect([left, lossy]).toEqual([[], []]);
    expect(await outputOf(model)).toEqual(await outputOf(given));
  });

  test("has inputs and outputs of float16 as well, when asked", () => {
    const { model } = convertToFloat16(modelWith(relu(x)), { keepInterface: false });
    expect(model.graph.inputs.map(({ name, type }) => [name, type])).toEqual([["x", "float16"]]);
    expect(model.graph.outputs.map(({ name, type }) => [name, type])).toEqual([["y", "float16"]]);
    expect(computedIn(model)).toEqual({ Relu: "float16" });
  });

  test.each<[string, Value, Float16Options, string]>([
    ["Log", apply("Log", [x], {}, { name: "n" }), {}, "Log is taken near 0, where an epsilon below 6e-8 vanishes"],
    ["Relu", apply("Relu", [x], {}, { name: "n" }), { exclude: [{ node: "n" }] }, "left out as asked"],
  ])("keeps %s in float32 and says why", (opType, value, options, reason) => {
    const given = modelWith(add(value, x));
    const { model, left } = convertToFloat16(given, options);
    expect(computedIn(model)).toMatchObject({ [opType]: "float32", Add: "float16" });
    expect(left).toEqual([{ node: "n", reason }]);
  });

  test.each<[string, Value, string]>([
    ["Exp", apply("Exp", [x], {}, { name: "n" }), "Exp can pass 65504 for inputs of ordinary size"],
    ["Pow", apply("Pow", [x, floats("two", 2)], {}, { name: "n" }), "Pow can pass 65504 for inputs of ordinary size"],
    ["Mul", apply("Mul", [x, x], {}, { name: "n" }), "squares, and the square of 256 is beyond 65504"],
  ])("keeps %s in float32, and what reads it too", (opType, value, reason) => {
    const { model, left } = convertToFloat16(modelWith(apply("Tanh", [add(value, x)])));
    expect(computedIn(model)).toMatchObject({ [opType]: "float32", Add: "float32", Tanh: "float32" });
    expect(left.map((each) => each.reason)).toEqual([
      reason,
      "reads n, which float16 may not hold",
      "reads Add, which float16 may not hold",
    ]);
  });

  test("leaves the scales of an Upsample in float32", async () => {
    const { model } = convertToFloat16(modelWith(apply("Upsample", [x, floats("scales", 1, 1)]), 9));
    expect(computedIn(model)).toMatchObject({ Upsample: "float16" });
    const halves = (values: Float32Array) => values.map(Math.f16round);
    expect(halves(await outputOf(model))).toEqual(halves(batch.x!.data as Float32Array));
  });

  test("keeps an operator as long as its opset does", () => {
    const axis = constant(tensor(undefined, "int64", [], BigInt64Array.of(1n)));
    const value = apply("CumSum", [x, axis]);
    expect(convertToFloat16(modelWith(value, 13)).left).toHaveLength(1);
    expect(convertToFloat16(modelWith(value, 17)).left).toHaveLength(0);
  });

  test("gives the bodies of branches the float32 that they read", async () => {
    const doubled = add(x, x);
    const outer: Value = { kind: "Outer", value: doubled };
    const body = (attribute: string, value: Value) => ({
      attribute,
      graph: { name: attribute, inputs: [], outputs: [{ name: attribute, value }] },
    });
    const positive = apply("Greater", [apply("ReduceMax", [doubled], { keepdims: 0 }), floats("zero", 0)]);
    const branch = application({
      opType: "If",
      inputs: [apply("Squeeze", [positive])],
      bodies: [body("then_branch", apply("Neg", [outer])), body("else_branch", apply("Abs", [outer]))],
    }).results[0]!;
    const given = modelWith(relu(branch));
    const { model, left } = convertToFloat16(given);
    expect(left.map(({ reason }) => reason)).toContain("has a body, which stays as it is");
    expect(await outputOf(model)).toEqual(await outputOf(given));
  });

  test("of a recognizer is half as large and says the same to three digits", async () => {
    const given = readModel(await convertNetwork("face-recognition"));
    const { model } = convertToFloat16(given);
    const size = (of: Model) => encodeModel(writeModel(of)).length;
    expect(size(model)).toBeLessThan(0.51 * size(given));
    await using one = await open(given);
    await using two = await open(model);
    const image = { type: "float32", dims: [1, 3, 150, 150], data: channelsFirst(testPicture(150)) } as const;
    const [[exact], [halved]] = [await one.run({ image }), await two.run({ image })];
    const { cosine } = similarity(exact!.data as Float32Array, halved!.data as Float32Array);
    expect(cosine).toBeGreaterThan(0.9999);
  });
});

describe("a constant in float16", () => {
  test("saturates beyond 65504, vanishes below 6e-8, and says so", () => {
    const halved = halve(floats("c", 1e6, -1e6, 1e-9, 0, Infinity).tensor);
    const values = new Float16Array((valuesOf(halved.tensor) as Uint16Array<ArrayBuffer>).slice().buffer);
    expect(Array.from(values)).toEqual([65504, -65504, 0, 0, Infinity]);
    expect(halved).toMatchObject({ saturated: 2, vanished: 1 });
  });

  test("is off by 2^-11 of itself at most where float16 is normal", () => {
    fc.assert(
      fc.property(fc.float({ min: Math.fround(6.2e-5), max: 65504, noNaN: true }), (value) => {
        const bits = valuesOf(halve(floats("c", value).tensor).tensor) as Uint16Array<ArrayBuffer>;
        const [back] = new Float16Array(bits.slice().buffer);
        expect(Math.abs(back! - value)).toBeLessThanOrEqual(value * 2 ** -11);
      }),
    );
  });
});
