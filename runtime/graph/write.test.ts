import { describe, expect, test } from "@jest/globals";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { modelOf, type Graph, type Output } from "./graph.ts";
import { GraphBuildError, writeGraph, writeModel } from "./write.ts";
import { decodeModel } from "./codec/decode.ts";
import { encodeModel } from "./codec/encode.ts";
import { application, apply, applyMany, constant, input, type Input, type Result, type Value } from "./expression.ts";
import type { Dim } from "./type.ts";
import {
  add,
  averagePool,
  conv,
  divide,
  leakyRelu,
  linear,
  maxPool,
  padEnd,
  relu,
  spatialMean,
  subtract,
  transpose,
} from "./operators.ts";
import { readModel } from "./read.ts";
import { tensor } from "./tensor.ts";

const floats = (name: string | undefined, dims: readonly number[], ...values: number[]) =>
  constant(tensor(name, "float32", dims, Float32Array.from(values)));
const image = (...dims: Dim[]): Input => input("x", "float32", dims);
const output = (name: string, value: Value): Output => ({ name, value, type: "float32" });
const graphOf = (inputs: readonly Input[], outputs: readonly Output[]): Graph => ({ name: "test", inputs, outputs });
const model = (inputs: readonly Input[], outputs: readonly Output[]): Uint8Array =>
  encodeModel(writeModel(modelOf(graphOf(inputs, outputs), { opset: 17, irVersion: 8, producer: "facefleet" })));

async function run(file: Uint8Array, x: Tensor): Promise<Record<string, { dims: readonly number[]; data: unknown }>> {
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  return session.run({ x });
}

interface Story {
  readonly operator: string;
  readonly of: (x: Input) => Result;
  /** Shape and elements of x; 1, 2, 3 ... when only the shape is given. */
  readonly dims: readonly number[];
  readonly values?: readonly number[];
  readonly gives: readonly number[];
}

const stories: readonly Story[] = [
  { operator: "add", of: (x) => add(x, floats("b", [2], 10, 20)), dims: [2, 2], gives: [11, 22, 13, 24] },
  { operator: "subtract", of: (x) => subtract(x, floats("b", [], 1)), dims: [2], gives: [0, 1] },
  { operator: "divide", of: (x) => divide(x, floats("b", [], 2)), dims: [2], gives: [0.5, 1] },
  { operator: "relu", of: relu, dims: [3], values: [-1, 0, 2], gives: [0, 0, 2] },
  { operator: "leakyRelu", of: (x) => leakyRelu(x, 0.5), dims: [2], values: [-1, 2], gives: [-0.5, 2] },
  { operator: "linear", of: (x) => linear(x, floats("w", [2, 1], 1, 10)), dims: [2, 2], gives: [21, 43] },
  {
    operator: "linear with a bias",
    of: (x) => linear(x, floats("w", [2, 1], 1, 10), floats("b", [1], 100)),
    dims: [2, 2],
    gives: [121, 143],
  },
  {
    operator: "conv",
    of: (x) => conv(x, floats("w", [1, 1, 2, 2], 1, 0, 0, -1), floats("b", [1], 0.5), { stride: 2 }),
    dims: [1, 1, 4, 4],
    gives: [-4.5, -4.5, -4.5, -4.5],
  },
  {
    operator: "conv with a border at the bottom and the right",
    of: (x) => conv(x, floats("w", [1, 1, 2, 2], 1, 1, 1, 1), undefined, { border: [0, 0, 1, 1] }),
    dims: [1, 1, 2, 2],
    gives: [10, 6, 7, 4],
  },
  {
    operator: "conv within groups",
    of: (x) => conv(x, floats("w", [2, 1, 1, 1], 1, -1), undefined, { groups: 2 }),
    dims: [1, 2, 1, 2],
    gives: [1, 2, -3, -4],
  },
  {
    operator: "maxPool with a border that never wins",
    of: (x) => maxPool(x, 2, { border: [0, 0, 1, 1] }),
    dims: [1, 1, 2, 2],
    values: [-1, -2, -3, -4],
    gives: [-1, -2, -3, -4],
  },
  { operator: "averagePool", of: (x) => averagePool(x, 2, { stride: 2 }), dims: [1, 1, 2, 4], gives: [3.5, 5.5] },
  { operator: "spatialMean", of: spatialMean, dims: [1, 2, 2, 2], gives: [2.5, 6.5] },
  { operator: "transpose", of: (x) => transpose(x, [1, 0]), dims: [2, 3], gives: [1, 4, 2, 5, 3, 6] },
  { operator: "padEnd", of: (x) => padEnd(x, [0, 1]), dims: [2, 2], gives: [1, 2, 0, 3, 4, 0] },
];

describe("ONNX Runtime runs what we write", () => {
  test.each(stories)("$operator", async ({ of, dims, values, gives }) => {
    const x = image(...dims.map((_, axis) => `d${axis}`));
    const elements = Float32Array.from(values ?? Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => i + 1));
    const { y } = await run(model([x], [output("y", of(x))]), new Tensor("float32", elements, dims));
    expect([...(y!.data as Float32Array)]).toEqual(gives);
  });
});

describe("a graph", () => {
  const x = image(4);

  test("computes a value that is used twice once", () => {
    const shared = relu(x);
    const { node } = writeGraph(graphOf([x], [output("y", add(shared, shared))]));
    expect(node.map(({ opType, input }) => [opType, input])).toEqual([
      ["Relu", ["x"]],
      ["Add", ["Relu_0", "Relu_0"]],
    ]);
  });

  test("is as deep as the network, not as the stack", () => {
    let value = relu(x);
    for (let layer = 1; layer < 50_000; layer++) value = relu(value);
    expect(writeGraph(graphOf([x], [output("y", value)])).node).toHaveLength(50_000);
  });

  test("gives all outputs of an operator, and leaves optional inputs out", async () => {
    const rows = input("x", "float32", [2, 2]);
    const [values, indices] = applyMany(
      "TopK",
      [rows, constant(tensor("k", "int64", [1], BigInt64Array.of(1n)))],
      {},
      2,
    );
    const clipped = apply("Clip", [values, undefined, floats("most", [], 3)]);
    const outputs = [output("y", clipped), { name: "at", value: indices!, type: "int64" } as const];
    const result = await run(model([rows], outputs), new Tensor("float32", [1, 2, 9, 4], [2, 2]));
    expect([...(result.y!.data as Float32Array)]).toEqual([2, 3]);
    expect([...(result.at!.data as BigInt64Array)]).toEqual([1n, 0n]);
  });

  test("survives reading and writing: ONNX Runtime gives the same for it", async () => {
    const file = model([x], [output("y", leakyRelu(subtract(x, floats("b", [4], 1, 2, 3, 4)), 0.1))]);
    const again = encodeModel(decodeModel(file));
    expect(again).toEqual(file);
    const values = new Tensor("float32", [0, 1, 5, 7], [4]);
    expect((await run(again, values)).y!.data).toEqual((await run(file, values)).y!.data);
  });

  test("gives values of one name names of their own", () => {
    const value = add(relu(floats("w", [1], 1)), apply("Relu", [floats("w", [1], 2)], {}, { name: "x" }));
    const { node, initializer } = writeGraph(graphOf([x], [output("y", value)]));
    expect(initializer!.map(({ name }) => name)).toEqual(["w", "w_0"]);
    expect(node.map(({ output }) => output![0])).toEqual(["Relu_0", "x_0", "y"]);
  });

  test("gives back an input, a constant and one value twice, each under its name", async () => {
    const y = relu(x);
    const outputs = [output("y", y), output("again", y), output("given", x), output("one", floats("w", [1], 1))];
    const result = await run(model([x], outputs), new Tensor("float32", [-1, 0, 1, 2], [4]));
    expect(Object.entries(result).map(([name, { data }]) => [name, [...(data as Float32Array)]])).toEqual([
      ["y", [0, 0, 1, 2]],
      ["again", [0, 0, 1, 2]],
      ["given", [-1, 0, 1, 2]],
      ["one", [1]],
    ]);
  });

  test("is the same when it is written again, also where a body gives back what is around it", () => {
    const outer: Value = { kind: "Outer", value: x };
    const branch = application({
      opType: "If",
      inputs: [constant(tensor(undefined, "bool", [], Uint8Array.of(1)))],
      bodies: ["then_branch", "else_branch"].map((attribute) => ({
        attribute,
        graph: { name: attribute, inputs: [], outputs: [{ name: "x", value: outer }] },
      })),
    });
    const value = apply("Identity", [branch.results[0]!], {}, { name: "Identity_0" });
    const written = model([x], [output("y", value), output("given", x)]);
    expect(encodeModel(writeModel(readModel(decodeModel(written))))).toEqual(written);
  });

  test("is the same when it is written again, also where one value is given back twice before another", () => {
    const y = relu(x);
    const written = model([x], [output("y", y), output("again", y), output("z", relu(y))]);
    expect(encodeModel(writeModel(readModel(decodeModel(written))))).toEqual(written);
  });

  test.each([
    ["an input that is not its own", [x], relu(input("other", "float32", [1])), /reads "other"/],
    ["two inputs of one name", [x, input("x", "float32", [4])], relu(x), /two values are named "x"/],
  ])("is refused with %s", (_, inputs, value, message) => {
    expect(() => writeGraph(graphOf(inputs, [output("y", value)]))).toThrow(GraphBuildError);
    expect(() => writeGraph(graphOf(inputs, [output("y", value)]))).toThrow(message);
  });
});
