import { describe, expect, test } from "@jest/globals";
import { decodeModel } from "../codec/decode.ts";
import { encodeModel } from "../codec/encode.ts";
import type { MessageInit, ModelProto } from "../codec/types.ts";
import { GraphError } from "../graph-error.ts";
import { validateModel } from "./model.ts";

type Node = MessageInit<"NodeProto">;
const relu: Node = { name: "r", opType: "Relu", input: ["x"], output: ["y"] };
const info = (name: string): MessageInit<"ValueInfoProto"> => ({
  name,
  type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: "N" }] } } },
});

const model = (graph: MessageInit<"GraphProto">, changes: MessageInit<"ModelProto"> = {}): ModelProto =>
  decodeModel(
    encodeModel({
      irVersion: 10,
      opsetImport: [{ version: 17 }],
      graph: { name: "g", node: [relu], input: [info("x")], output: [info("y")], ...graph },
      ...changes,
    }),
  );
const nodes = (...node: Node[]): ModelProto => model({ node });
const constant = (tensor: MessageInit<"TensorProto">): ModelProto => model({ initializer: [{ name: "w", ...tensor }] });
const functions = (...list: MessageInit<"FunctionProto">[]): ModelProto => model({}, { functions: list });

describe("a model is taken", () => {
  test.each<[string, ModelProto]>([
    ["as it is", model({})],
    ["with the default domain by its other name", nodes({ ...relu, domain: "ai.onnx" })],
    [
      "with the default domain by both its names, in one version",
      model({}, { opsetImport: [{ version: 17 }, { domain: "ai.onnx", version: 17 }] }),
    ],
    [
      "with an operator of a set that we have no table of",
      model(
        { node: [{ opType: "Gelu", domain: "com.microsoft" }] },
        { opsetImport: [{ version: 17 }, { domain: "com.microsoft", version: 1 }] },
      ),
    ],
    [
      "with an operator newer than the table, in a set newer than it",
      model({ node: [{ opType: "Later" }] }, { opsetImport: [{ version: 1000 }] }),
    ],
    [
      "with a zero that its writer left out",
      nodes({ opType: "Flatten", input: ["x"], output: ["y"], attribute: [{ name: "axis", type: 2 }] }),
    ],
    [
      "with -1 for a size that nobody knows",
      model({ input: [{ name: "x", type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: -1 }] } } } }] }),
    ],
    [
      "with a version of an operator that onnx deprecated and ONNX Runtime runs",
      model(
        {
          node: [
            {
              ...{ opType: "GroupNormalization", input: ["x", "x", "x"], output: ["y"] },
              attribute: [{ name: "num_groups", type: 2, i: 2 }],
            },
          ],
        },
        { opsetImport: [{ version: 18 }] },
      ),
    ],
    ["with strings", constant({ dataType: 8, dims: [1], stringData: [new Uint8Array(1)] })],
  ])("%s", (_, proto) => {
    expect(() => validateModel(proto)).not.toThrow();
  });
});

interface Story {
  readonly of: ModelProto;
  readonly says: RegExp;
}

const stories: Readonly<Record<string, Story>> = {
  "no IR version": {
    of: { ...model({}), irVersion: undefined } as never,
    says: /field ir_version: IR version missing/,
  },
  "an IR version from the future": { of: model({}, { irVersion: 99 }), says: /IR version 99, and versions 3 to 14/ },
  "no operator set": {
    of: model({}, { opsetImport: [] }),
    says: /node "r", field domain: operator Relu is of the set ""/,
  },
  "an operator set without a version": { of: model({}, { opsetImport: [{}] }), says: /field opset_import\[0\]/ },
  "one operator set in two versions": {
    of: model({}, { opsetImport: [{ version: 17 }, { domain: "ai.onnx", version: 18 }] }),
    says: /field opset_import\[1\]: operator set "" is imported in two versions/,
  },
  "an operator of a domain that is not imported": {
    of: nodes({ ...relu, domain: "com.acme" }),
    says: /node "r", field domain: operator Relu is of the set "com.acme"/,
  },
  "a node without an operator": {
    of: nodes({ input: ["x"], output: ["y"] }),
    says: /field op_type: a node has no operator/,
  },
  "an operator that does not exist": {
    of: nodes({ ...relu, opType: "Rely" }),
    says: /field op_type: .* is called "Rely"/,
  },
  "an operator of a later version": {
    of: nodes({ ...relu, opType: "Gelu" }),
    says: /operator Gelu came with version 20 of the set, and the model imports 17/,
  },
  "an operator that has ended": { of: nodes({ ...relu, opType: "Upsample" }), says: /Upsample ended with version 10/ },
  "too many inputs": {
    of: nodes({ ...relu, input: ["x", "x"] }),
    says: /field input: Relu-14 has 1 to 1 inputs, and there are 2/,
  },
  "too many outputs": { of: nodes({ ...relu, output: ["y", "z"] }), says: /field output: .* there are 2/ },
  "an attribute of another version": {
    of: nodes({ ...relu, attribute: [{ name: "consumed_inputs", type: 7 }] }),
    says: /attribute\[0\] "consumed_inputs": Relu-14 has no such attribute/,
  },
  "an attribute of the wrong type": {
    of: nodes({ ...relu, opType: "Softmax", attribute: [{ name: "axis", type: 1, f: 1 }] }),
    says: /attribute\[0\] "axis": Softmax-13 takes type INT for it, and it has type FLOAT/,
  },
  "an attribute that is missing": {
    of: nodes({ ...relu, opType: "Cast" }),
    says: /field attribute: Cast-13 needs the attribute "to"/,
  },
  "an attribute twice": {
    of: nodes({
      ...relu,
      opType: "Softmax",
      attribute: [
        { name: "axis", type: 2, i: 1 },
        { name: "axis", type: 2, i: 0 },
      ],
    }),
    says: /attribute\[1\] "axis": two attributes have one name/,
  },
  "an attribute with two values": {
    of: nodes({ ...relu, opType: "Softmax", attribute: [{ name: "axis", type: 2, i: 1, f: 2 }] }),
    says: /its type is 2, and it has a value in f/,
  },
  "an attribute without its graph": {
    of: nodes({ ...relu, opType: "Loop", input: ["x", "x"], attribute: [{ name: "body", type: 5 }] }),
    says: /"body": it has no value/,
  },
  "a reference outside a function": {
    of: nodes({ ...relu, opType: "Softmax", attribute: [{ name: "axis", type: 2, refAttrName: "a" }] }),
    says: /refers to the attribute "a", which no function has here/,
  },
  "a node of a body that is not valid": {
    of: nodes({
      ...relu,
      opType: "If",
      attribute: [
        { name: "then_branch", type: 5, g: { name: "then", node: [{ ...relu, opType: "Rely" }] } },
        { name: "else_branch", type: 5, g: { name: "else", node: [relu] } },
      ],
    }),
    says: /graph "then", node "r", field op_type: .*"Rely"/,
  },
  "a constant with too few elements": {
    of: constant({ dataType: 1, dims: [3], rawData: new Uint8Array(8) }),
    says: /graph "g", field initializer\[0\] "w": the shape \[3\] needs 3 values, and there are 2/,
  },
  "a constant of negative size": { of: constant({ dataType: 1, dims: [-1] }), says: /a size is negative: \[-1\]/ },
  "a constant with sizes beyond all memory": {
    of: constant({ dataType: 1, dims: Array.from({ length: 200 }, () => 2 ** 52) }),
    says: /needs Infinity values, and there are 0/,
  },
  "a constant with its elements in two places": {
    of: constant({ dataType: 1, dims: [1], rawData: new Uint8Array(4), floatData: Float32Array.of(1) }),
    says: /initializer\[0\] "w": it has elements in raw_data and in float_data: keep those of one/,
  },
  "a constant of no type": { of: constant({ dims: [1] }), says: /data_type 0 is no type of elements/ },
  "a constant elsewhere, and nobody knows where": {
    of: constant({ dataType: 1, dims: [1], dataLocation: 1 }),
    says: /external_data names no location/,
  },
  "a declared type that does not exist": {
    of: model({ valueInfo: [{ name: "v", type: { tensorType: { elemType: 77 } } }] }),
    says: /field value_info\[0\] "v": 77 is no type of elements/,
  },
  "a declared size below nothing": {
    of: model({ output: [{ name: "y", type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: -2 }] } } } }] }),
    says: /field output\[0\] "y": a size is negative: -2/,
  },
  "two functions of one name": {
    of: functions({ name: "f", domain: "local" }, { name: "f", domain: "local" }),
    says: /function "f", field functions\[1\]: two functions have one name/,
  },
  "a function that gives one output twice": {
    of: functions({ name: "f", output: ["y", "y"] }),
    says: /function "f", field output: "y" comes twice/,
  },
  "a function whose node is of a set that it does not import": {
    of: functions({ name: "f", node: [relu] }),
    says: /function "f", node "r", field domain/,
  },
};

describe("a model is refused, by node and field, with", () => {
  test.each(Object.entries(stories))("%s", (_, { of, says }) => {
    expect(() => validateModel(of)).toThrow(GraphError);
    expect(() => validateModel(of)).toThrow(says);
  });

  test("a name of megabytes, which the message does not repeat", () => {
    const name = "n".repeat(2_000_000);
    expect(() => validateModel(nodes({ ...relu, name, opType: name, input: ["x", "x"] }))).toThrow(/^.{1,2000}$/);
  });
});
