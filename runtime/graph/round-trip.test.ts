import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { arbitraryModel, vectorLength } from "./arbitrary-model.fake.ts";
import { decodeModel } from "./codec/decode.ts";
import { encodeModel } from "./codec/encode.ts";
import type { MessageInit, TypeProto } from "./codec/types.ts";
import { attribute, float } from "./expression.ts";
import { GraphError } from "./graph-error.ts";
import { readModel } from "./read.ts";
import type { ReadLimits } from "./reading/limits.ts";
import { tensor, valuesOf } from "./tensor.ts";
import { typeProto, type TensorType } from "./type.ts";
import { writeModel } from "./write.ts";

const roundTrip = (file: Uint8Array): Uint8Array => encodeModel(writeModel(readModel(decodeModel(file))));

/** Without optimizations: the same operators in the same order give the same bits. */
async function run(file: Uint8Array, ...values: number[]): Promise<unknown> {
  const session = await InferenceSession.create(file, {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
    graphOptimizationLevel: "disabled",
  });
  const { y } = await session.run({ x: new Tensor("float32", values, [vectorLength]) });
  await session.release();
  return y!.data;
}

describe("a model that was read and written", () => {
  test("computes the same, whatever it is made of, and comes back as it is from then on", async () => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (generate) => {
        const file = encodeModel(arbitraryModel((below) => generate(fc.nat, { max: below - 1 })));
        const again = roundTrip(file);
        expect(await run(again, 0.5, -1, 2)).toEqual(await run(file, 0.5, -1, 2));
        expect(await run(again, -0.1, -3, 1)).toEqual(await run(file, -0.1, -3, 1));
        expect(roundTrip(again)).toEqual(again);
      }),
      { numRuns: 100 },
    );
  });
});

type Function = MessageInit<"FunctionProto">;
type Node = MessageInit<"NodeProto">;
const local = (name: string, input = ["x"], output = ["y"]): Node => ({ opType: name, domain: "local", input, output });
const imports = [{ version: 17 }, { domain: "local", version: 1 }];
const calling = (functions: readonly Function[], ...node: Node[]) =>
  decodeModel(
    encodeModel({
      irVersion: 10,
      opsetImport: imports,
      functions: functions.map((f) => ({ domain: "local", opsetImport: imports, input: ["x"], output: ["y"], ...f })),
      graph: { name: "g", node, input: [{ name: "x" }], output: [{ name: "y" }] },
    }),
  );
const leaky: Node = { opType: "LeakyRelu", input: ["x"], output: ["y"] };
const twice = (name: string): Node[] => [local(name, ["x"], ["once"]), local(name, ["once"], ["y"])];

describe("functions", () => {
  test("are inlined under the name of the node that calls them, with their attributes", () => {
    const reference = { name: "alpha", type: 1, refAttrName: "slope" };
    const inner: Node[] = [
      { ...leaky, output: ["z"], attribute: [reference] },
      { ...leaky, name: "n", input: ["z"] },
    ];
    const proto = calling([{ name: "f", attribute: ["slope"], node: inner }], {
      ...local("f"),
      name: "block",
      attribute: [attribute("slope", float(0.5))],
    });
    const { functions, graph } = writeModel(readModel(proto));
    expect(functions).toEqual([]);
    expect(graph!.node!.map(({ name, output, attribute }) => [name, output, attribute!.map(({ f }) => f)])).toEqual([
      ["LeakyRelu_0", ["block/z"], [0.5]],
      ["block/n", ["y"], []],
    ]);
  });

  test("bring the operator sets that only they use", () => {
    const opsetImport = [...imports, { domain: "com.acme", version: 3 }];
    const proto = calling([{ name: "f", opsetImport, node: [{ ...leaky, domain: "com.acme" }] }], local("f"));
    expect([...readModel(proto).opsets]).toEqual([
      ["", 17],
      ["local", 1],
      ["com.acme", 3],
    ]);
  });

  test.each<[string, ReturnType<typeof calling>, RegExp]>([
    ["that call themselves", calling([{ name: "f", node: [local("f")] }], local("f")), /function f calls itself/],
    [
      "that call each other in a circle",
      calling(
        [
          { name: "f", node: [local("h")] },
          { name: "h", node: [local("f")] },
        ],
        local("f"),
      ),
      /function f calls itself/,
    ],
    [
      "that double at every level",
      calling(
        [
          { name: "f0", node: [leaky] },
          ...Array.from({ length: 60 }, (_, i) => ({ name: `f${i + 1}`, node: twice(`f${i}`) })),
        ],
        local("f60"),
      ),
      /inlining functions takes more than 1000 inputs and outputs/,
    ],
    [
      "that call each other without end",
      calling(
        [
          { name: "f0", node: [leaky] },
          ...Array.from({ length: 100 }, (_, i) => ({ name: `f${i + 1}`, node: [local(`f${i}`)] })),
        ],
        local("f100"),
      ),
      /deeper than 64/,
    ],
    [
      "called with too much",
      calling([{ name: "f", node: [leaky] }], local("f", ["x", "x"])),
      /field input: it has 2 inputs, and function f has 1/,
    ],
    [
      "of another version of the operators",
      calling([{ name: "f", opsetImport: [{ version: 18 }], node: [leaky] }], local("f")),
      /function f is written against version 18 of the operators of "", and the model against 17/,
    ],
    [
      "that give back what the call left out",
      calling([{ name: "f", input: ["x", "z"], output: ["z"], node: [leaky] }], local("f")),
      /optional input that the call leaves out/,
    ],
    [
      "that read what they do not define",
      calling([{ name: "f", node: [{ ...leaky, input: ["w"] }] }], local("f")),
      /function "f", node "LeakyRelu at 0": the value "w" is read before/,
    ],
  ])("are refused, by name: those %s", (_, proto, message) => {
    expect(() => readModel(proto, { inlined: 1000 })).toThrow(GraphError);
    expect(() => readModel(proto, { inlined: 1000 })).toThrow(message);
  });
});

describe("sparse constants", () => {
  const sparse = (dims: number[], count: number, places: number[], indices = [count]) => ({
    dims,
    values: tensor(
      "w",
      "float32",
      [count],
      Float32Array.from({ length: count }, (_, i) => i + 1),
    ),
    indices: tensor("", "int64", indices, BigInt64Array.from(places, BigInt)),
  });
  const read = (constant: MessageInit<"SparseTensorProto">, limits?: Partial<ReadLimits>) => {
    const graph = { name: "g", sparseInitializer: [constant], output: [{ name: "w" }] };
    const model = readModel(decodeModel(encodeModel({ irVersion: 10, opsetImport: imports, graph })), limits);
    const { value } = model.graph.outputs[0]!;
    return value.kind === "Constant" ? [...valuesOf(value.tensor)] : value.kind;
  };

  test.each([
    ["places in row-major order", sparse([2, 3], 2, [1, 5]), [0, 1, 0, 0, 0, 2]],
    ["places by row and column", sparse([2, 3], 2, [0, 1, 1, 2], [2, 2]), [0, 1, 0, 0, 0, 2]],
    ["nothing but zeros", sparse([4], 0, []), [0, 0, 0, 0]],
  ])("become dense: %s", (_, constant, values) => {
    expect(read(constant)).toEqual(values);
  });

  test.each([
    ["a place outside", sparse([2, 3], 1, [6]), /index 6 is outside 0 to 5/],
    ["a column outside", sparse([2, 3], 1, [0, 3], [1, 2]), /index 3 is outside 0 to 2/],
    ["one place twice", sparse([2, 3], 2, [1, 1]), /indices rise/],
    ["a place too few", sparse([2, 3], 2, [1], [1]), /one place for each value/],
    ["more than memory", sparse([2 ** 20, 2 ** 20, 2 ** 20], 0, []), /more than 100 bytes when dense/],
  ])("are refused with %s", (_, constant, message) => {
    expect(() => read(constant, { dense: 100 })).toThrow(GraphError);
    expect(() => read(constant, { dense: 100 })).toThrow(message);
  });
});

describe("what a model says beside what it computes comes back:", () => {
  type Info = MessageInit<"ValueInfoProto">;
  const typed = (elemType: number, ...dim: MessageInit<"TensorShapeProto.Dimension">[]): MessageInit<"TypeProto"> => ({
    tensorType: { elemType, shape: { dim } },
  });
  const hidden: Info = { name: "hidden", docString: "a doc", metadataProps: [{ key: "k", value: "v" }] };
  const nodes: Node[] = [
    { opType: "Relu", domain: "", name: "relu", input: ["x"], output: ["hidden"], docString: "of a node" },
    { opType: "Exp", domain: "", name: "exp", input: ["hidden"], output: ["y"] },
  ];
  const base: MessageInit<"GraphProto"> = { name: "g", node: nodes, input: [{ name: "x" }], output: [{ name: "y" }] };
  const step = tensor("step", "float32", [], Float32Array.of(0.5));
  const zero = tensor("zero", "int8", [], Int8Array.of(3));
  const annotation = (tensorName: string, scale = "step"): MessageInit<"TensorAnnotation"> => ({
    tensorName,
    quantParameterTensorNames: [
      { key: "SCALE_TENSOR", value: scale },
      { key: "ZERO_POINT_TENSOR", value: "zero" },
    ],
  });
  const pixels = [{ dimValue: 1, denotation: "DATA_BATCH" }, { dimParam: "C" }];
  const stories: Readonly<Record<string, MessageInit<"GraphProto">>> = {
    "what its types denote": {
      input: [{ name: "x", type: { ...typed(1, ...pixels), denotation: "IMAGE" } }],
      output: [{ name: "y", type: { ...typed(1, ...pixels), denotation: "TENSOR" } }],
      valueInfo: [{ name: "hidden", type: { ...typed(1, ...pixels), denotation: "TENSOR" } }],
    },
    "sizes that are not known, as it writes them": {
      input: [{ name: "x", type: typed(1, { dimValue: -1 }, { dimParam: "?" }, {}, { dimValue: 0 }) }],
      valueInfo: [{ name: "hidden", type: typed(1, { dimParam: "?" }, { dimParam: "?3" }, {}, { dimParam: "N" }) }],
    },
    "what it says of values in between": { valueInfo: [{ ...hidden, type: typed(1, { dimValue: 2 }) }] },
    "values in between that are strings": { valueInfo: [{ ...hidden, type: typed(8, { dimValue: 2 }) }] },
    "values in between that are sequences": {
      valueInfo: [{ ...hidden, type: { sequenceType: { elemType: typed(1) }, denotation: "TENSOR" } }],
    },
    "values in between without a type": { valueInfo: [hidden] },
    "how its values are quantized, by constants that nothing else reads": {
      initializer: [step, zero],
      quantizationAnnotation: [annotation("hidden"), annotation("x"), annotation("y")],
    },
  };

  test.each(Object.entries(stories))("%s", (_, changes) => {
    const proto = decodeModel(
      encodeModel({ irVersion: 10, opsetImport: [{ domain: "", version: 17 }], graph: { ...base, ...changes } }),
    );
    expect(decodeModel(roundTrip(encodeModel(proto)))).toEqual(proto);
  });

  test("of a type that is another now, what still holds", () => {
    const changed = (given: TensorType) =>
      typeProto(given, { ...typed(1, ...pixels), denotation: "IMAGE" } as TypeProto);
    expect(changed({ type: "float16", dims: [4, "C"] })).toEqual({
      denotation: "IMAGE",
      ...typed(10, { dimValue: 4, denotation: "DATA_BATCH" }, { dimParam: "C" }),
    });
    expect(changed({ type: "float32", dims: [3] })).toEqual({ denotation: "IMAGE", ...typed(1, { dimValue: 3 }) });
    expect(changed({ type: "float32", dims: undefined })).toEqual({ denotation: "IMAGE", tensorType: { elemType: 1 } });
  });

  test("no annotation of what is not there", () => {
    const dead: Node = { opType: "Neg", input: ["x"], output: ["dead"] };
    const graph: MessageInit<"GraphProto"> = {
      ...base,
      node: [dead, ...nodes],
      initializer: [step, zero],
      quantizationAnnotation: [
        annotation("dead"),
        annotation("nowhere"),
        annotation("x", "nothing"),
        annotation("x", "dead"),
      ],
    };
    const written = decodeModel(roundTrip(encodeModel({ irVersion: 10, opsetImport: imports, graph }))).graph!;
    expect([written.quantizationAnnotation, written.initializer]).toEqual([[], []]);
  });

  test("nothing of how it is trained, which is about constants and functions that are left behind or inlined", () => {
    const update: Node = { opType: "Add", domain: "", name: "add", input: ["moment", "w"], output: ["next"] };
    const trained = decodeModel(
      encodeModel({
        irVersion: 10,
        opsetImport: imports,
        functions: [{ name: "f", domain: "local", opsetImport: imports, input: ["x"], output: ["y"], node: [leaky] }],
        graph: { ...base, initializer: [{ ...step, name: "moment" }] },
        trainingInfo: [{ algorithm: { name: "a", node: [update] }, updateBinding: [{ key: "moment", value: "next" }] }],
      }),
    );
    const { trainingInfo, functions, graph } = decodeModel(encodeModel(writeModel(readModel(trained))));
    expect([trainingInfo, functions, graph!.initializer]).toEqual([[], [], []]);
  });

  test("two sizes that are not known are not taken for one because both are called '?'", () => {
    const input = ["a", "b"].map((name) => ({ name, type: typed(1, { dimParam: "?" }, {}, { dimParam: "?0" }) }));
    const graph = { ...base, input, node: [], output: [{ name: "a" }] };
    const { inputs } = readModel(decodeModel(encodeModel({ irVersion: 10, opsetImport: imports, graph }))).graph;
    expect(new Set(inputs.flatMap(({ dims }) => dims!)).size).toBe(6);
  });
});

test("bodies within bodies are followed once each, however deep they lie", () => {
  const nested = (depth: number): MessageInit<"GraphProto"> => {
    const node: Node[] =
      depth === 0
        ? [{ opType: "Relu", input: ["x"], output: ["out"] }]
        : [
            {
              opType: "If",
              input: ["c"],
              output: ["out"],
              attribute: ["then_branch", "else_branch"].map((name, branch) => ({
                name,
                type: 5,
                g: nested(branch === 0 ? depth - 1 : 0),
              })),
            },
          ];
    return { name: "g", node, output: [{ name: "out" }] };
  };
  const file = encodeModel({
    irVersion: 10,
    opsetImport: imports,
    graph: { ...nested(30), input: [{ name: "x" }, { name: "c" }] },
  });
  expect(roundTrip(roundTrip(file))).toEqual(roundTrip(file));
});
