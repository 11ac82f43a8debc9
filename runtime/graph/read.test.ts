import { describe, expect, test } from "@jest/globals";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { decodeMessage, decodeModel } from "./codec/decode.ts";
import { encodeMessage, encodeModel } from "./codec/encode.ts";
import { application, apply, constant, input, type Value } from "./expression.ts";
import { modelOf, type Graph } from "./graph.ts";
import { GraphError } from "./graph-error.ts";
import { readGraph, readModel } from "./read.ts";
import { tensor } from "./tensor.ts";
import { applicationsOf, capturesOf, usesOf } from "./topology.ts";
import { writeModel } from "./write.ts";
import type { MessageInit } from "./codec/types.ts";

/** A graph that doubles x where its sum is positive, and negates it otherwise, in the bodies of an If. */
function branching(): Graph {
  const x = input("x", "float32", ["N"]);
  const sum = apply("ReduceSum", [x], { keepdims: 0 });
  const body = (name: string, value: Value): Graph => ({ name, inputs: [], outputs: [{ name: "out", value }] });
  const outer: Value = { kind: "Outer", value: x };
  const branch = application({
    opType: "If",
    inputs: [apply("Greater", [sum, constant(tensor(undefined, "float32", [], Float32Array.of(0)))])],
    bodies: [
      { attribute: "then_branch", graph: body("then", apply("Add", [outer, outer])) },
      { attribute: "else_branch", graph: body("else", apply("Neg", [outer])) },
    ],
  });
  return { name: "g", inputs: [x], outputs: [{ name: "y", value: branch.results[0]!, type: "float32", dims: ["N"] }] };
}

const file = (graph: Graph): Uint8Array =>
  encodeModel(writeModel(modelOf(graph, { opset: 17, irVersion: 8, producer: "facefleet" })));

async function run(bytes: Uint8Array, ...x: number[]): Promise<number[]> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const { y } = await session.run({ x: new Tensor("float32", x, [x.length]) });
  return [...(y!.data as Float32Array)];
}

const graphProto = (graph: MessageInit<"GraphProto">) =>
  decodeMessage("GraphProto", encodeMessage("GraphProto", graph));
const relu = (from: string, to: string): MessageInit<"NodeProto"> => ({ opType: "Relu", input: [from], output: [to] });

describe("a graph that was read", () => {
  test("computes what it did, bodies that read the graph around them too", async () => {
    const bytes = file(branching());
    const again = file(readModel(decodeModel(bytes)).graph);
    expect(again).toEqual(bytes);
    expect(await run(again, 1, 2)).toEqual([2, 4]);
    expect(await run(again, -1, -2)).toEqual([1, 2]);
  });

  test("knows what a body takes from around it, and who uses a value", () => {
    const { graph } = readModel(decodeModel(file(branching())));
    const [x] = graph.inputs;
    const branch = applicationsOf(graph).at(-1)!;
    expect(branch.bodies.map((body) => capturesOf(body.graph))).toEqual([[x], [x]]);
    expect(
      usesOf(graph)
        .get(x!)!
        .applications.map(({ opType }) => opType),
    ).toEqual(["ReduceSum", "If", "If"]);
  });

  test("leaves out what its outputs do not need", () => {
    const graph = readGraph(
      graphProto({ node: [relu("x", "dead"), relu("x", "y")], input: [{ name: "x" }], output: [{ name: "y" }] }),
    );
    expect(applicationsOf(graph)).toHaveLength(1);
  });

  test.each<[string, MessageInit<"GraphProto">, RegExp]>([
    ["a value that nothing defines", { node: [relu("z", "y")] }, /node "Relu at 0": the value "z" is read before/],
    ["a cycle", { node: [relu("b", "a"), relu("a", "b")] }, /the value "b" is read before it is defined/],
    ["a value defined twice", { node: [relu("x", "a"), relu("x", "a")] }, /the value "a" is defined twice/],
    ["an output that nothing defines", { output: [{ name: "z" }] }, /output "z": the value "z" is read before/],
    ["an input without a name", { input: [{}] }, /a value has no name/],
    ["two outputs of one name", { output: [{ name: "x" }, { name: "x" }] }, /field output: "x" comes twice/],
  ])("is refused with %s, by name", (_, changes, message) => {
    const proto = graphProto({ name: "g", input: [{ name: "x" }], ...changes });
    expect(() => readGraph(proto)).toThrow(GraphError);
    expect(() => readGraph(proto)).toThrow(message);
  });

  test("names a size that the model left unknown, and writes it as unknown again", () => {
    const unknown = { tensorType: { elemType: 1, shape: { dim: [{}, { dimValue: 3 }, { dimParam: "H" }] } } };
    const proto = graphProto({ input: [{ name: "x", type: unknown }], output: [{ name: "x", type: unknown }] });
    const graph = readGraph(proto);
    expect(graph.inputs[0]!.dims).toEqual(["?0", 3, "H"]);
    const written = decodeModel(file(graph)).graph!;
    expect(written.input[0]!.type!.tensorType!.shape!.dim.map((dim) => ({ ...dim }))).toEqual([
      expect.not.objectContaining({ dimParam: expect.anything() }),
      expect.objectContaining({ dimValue: 3 }),
      expect.objectContaining({ dimParam: "H" }),
    ]);
  });
});
