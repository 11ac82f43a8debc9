import { describe, expect, test } from "@jest/globals";
import { application, apply, applyMany, constant, input, type Value } from "./expression.ts";
import type { Graph } from "./graph.ts";
import { add, relu } from "./operators.ts";
import { rewriteGraph } from "./rewrite.ts";
import { tensor } from "./tensor.ts";
import { typeProto, type Dim, type TensorType } from "./type.ts";
import { writeGraph } from "./write.ts";

const x = input("x", "float32", [4]);
const graphOf = (value: Value): Graph => ({ name: "g", inputs: [x], outputs: [{ name: "y", value, type: "float32" }] });
const operatorsOf = (graph: Graph) => writeGraph(graph).node.map(({ opType }) => opType);
const noRelu = {
  application: ({ opType, inputs }: { opType: string; inputs: readonly (Value | undefined)[] }) =>
    opType === "Relu" ? inputs : undefined,
};

describe("a rewrite", () => {
  test("puts a value in the place of another wherever it is read", () => {
    const shared = relu(x);
    const { graph } = rewriteGraph(graphOf(add(apply("Neg", [shared]), shared)), noRelu);
    expect(writeGraph(graph).node.map(({ opType, input }) => [opType, input])).toEqual([
      ["Neg", ["x"]],
      ["Add", ["Neg_0", "x"]],
    ]);
  });

  test("shares with the old graph what it does not touch", () => {
    const kept = apply("Neg", [x]);
    const { graph, valueOf } = rewriteGraph(graphOf(add(kept, relu(kept))), noRelu);
    expect(valueOf(kept)).toBe(kept);
    expect(graph.outputs[0]!.value).not.toBe(kept);
    expect(rewriteGraph(graph, noRelu).graph.outputs).toEqual(graph.outputs);
  });

  test("may read what it replaces", () => {
    const { graph } = rewriteGraph(graphOf(relu(relu(x))), {
      application: ({ results }) => [apply("Identity", [results[0]])],
    });
    expect(operatorsOf(graph)).toEqual(["Relu", "Identity", "Relu", "Identity"]);
  });

  test("replaces inputs and constants", () => {
    const one = constant(tensor("one", "float32", [], Float32Array.of(1)));
    const { graph } = rewriteGraph(graphOf(add(x, one)), { given: (value) => apply("Neg", [value]) });
    expect(operatorsOf(graph)).toEqual(["Neg", "Neg", "Add"]);
  });

  test("that replaces some results of an application rebuilds the others on what was replaced before", () => {
    const [first, second] = applyMany("Split", [relu(x)], { axis: 0 }, 2);
    const outputs = [first!, second!].map((value, index) => ({ name: `y${index}`, value }));
    const { graph } = rewriteGraph(
      { name: "g", inputs: [x], outputs },
      {
        application: ({ opType, inputs, results }) =>
          opType === "Relu" ? inputs : [apply("Neg", [results[0]]), undefined],
      },
    );
    expect(operatorsOf(graph)).toEqual(["Split", "Neg"]);
  });

  test("gives the same graph where it changes nothing", () => {
    const graph = graphOf(apply("Neg", [x]));
    expect(rewriteGraph(graph, noRelu).graph).toBe(graph);
  });

  test("keeps what the model declares, in bodies too, for the values that take the place of its values", () => {
    const type = (...dims: Dim[]): TensorType => ({ type: "float32", dims });
    const made = (value: Value) => apply("Custom", [relu(value)], {}, { domain: "acme" });
    const declaring = (value: Value, opType: string): Graph => {
      const custom = made(value);
      const outputs = [{ name: opType, value: relu(apply(opType, [custom])) }];
      return { name: "g", inputs: value === x ? [x] : [], outputs, declared: new Map([[custom, type("M", 4)]]) };
    };
    const outside = declaring(x, "Neg");
    const branch = application({
      opType: "If",
      inputs: [constant(tensor(undefined, "bool", [], Uint8Array.of(1)))],
      bodies: ["then_branch", "else_branch"].map((attribute) => ({
        attribute,
        graph: declaring({ kind: "Outer", value: x }, "Exp"),
      })),
    });
    const outputs = [...outside.outputs, { name: "branch", value: branch.results[0]! }];
    const { graph } = rewriteGraph({ ...outside, outputs }, noRelu);
    const { valueInfo, node } = writeGraph(graph);
    const infos = [valueInfo, ...node.at(-1)!.attribute!.map(({ g }) => g!.valueInfo)];
    expect(infos.map((found) => found!.map(({ name }) => name))).toEqual([["Custom_0"], ["Custom_1"], ["Custom_2"]]);
    expect(infos[1]![0]!.type).toEqual(typeProto(type("M", 4)));
  });

  test("keeps how values are quantized, and what takes the place of their scales", () => {
    const [half, one] = [0.5, 1].map((value) => constant(tensor("s", "float32", [], Float32Array.of(value))));
    const value = relu(apply("Neg", [x]));
    const annotations = [{ value, parameters: [{ key: "SCALE_TENSOR", value: half! }] }];
    const { graph } = rewriteGraph(
      { ...graphOf(apply("Exp", [value])), annotations },
      {
        ...noRelu,
        given: (given) => (given === half ? one : undefined),
      },
    );
    const { quantizationAnnotation, initializer } = writeGraph(graph);
    expect(quantizationAnnotation).toEqual([
      { tensorName: "Neg_0", quantParameterTensorNames: [{ key: "SCALE_TENSOR", value: "s" }] },
    ]);
    expect(initializer).toEqual([one!.tensor]);
  });

  test("lets what a value was declared as itself go before what one was in whose place it stands", () => {
    const first = relu(x);
    const kept = apply("Custom", [x], {}, { domain: "acme" });
    const gone = relu(kept);
    const declared = new Map<Value, TensorType>([
      [gone, { type: "float32", dims: undefined }],
      [kept, { type: "float32", dims: [4] }],
      [first, { type: "float32", dims: [4] }],
    ]);
    const { graph } = rewriteGraph({ ...graphOf(add(first, gone)), declared }, noRelu);
    expect(graph.declared!.get(kept)).toEqual({ type: "float32", dims: [4] });
    expect(graph.declared!.has(x)).toBe(false);
  });

  test("goes into bodies, and carries replaced values there", () => {
    const outer: Value = { kind: "Outer", value: relu(x) };
    const body = (name: string): Graph => ({
      name,
      inputs: [],
      outputs: [{ name, value: relu(apply("Neg", [outer])) }],
    });
    const branch = application({
      opType: "If",
      inputs: [constant(tensor(undefined, "bool", [], Uint8Array.of(1)))],
      bodies: [
        { attribute: "then_branch", graph: body("a") },
        { attribute: "else_branch", graph: body("b") },
      ],
    });
    const { graph } = rewriteGraph(graphOf(branch.results[0]!), noRelu);
    const [node] = writeGraph(graph).node;
    expect(node!.attribute!.map(({ g }) => g!.node!.map(({ opType, input }) => [opType, input]))).toEqual([
      [["Neg", ["x"]]],
      [["Neg", ["x"]]],
    ]);
  });
});
