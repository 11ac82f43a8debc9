import { describe, expect, test } from "@jest/globals";
import {
  application,
  apply,
  applyMany,
  attributesOf,
  float,
  input,
  type Attributes,
  type Result,
} from "../../graph/expression.ts";
import { modelOf, type Model } from "../../graph/graph.ts";
import { applicationsOf } from "../../graph/topology.ts";
import { onnxRuntimeSessions } from "../session.ts";
import { valueName } from "../value-name.ts";
import { upgradeOpset } from "./upgrade.ts";

const open = onnxRuntimeSessions({ threads: 1 });
const dims = [2, 3, 1, 4];
const data = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i * 5) * 3);
const x = input("x", "float32", dims);
const unnamed = input("x", "float32", ["A", "B", "C", "D"]);

function modelWith(values: readonly Result[], opset: number, given = x): Model {
  const outputs = values.map((value, i) => ({ name: `y${i}`, value }));
  return modelOf({ name: "g", inputs: [given], outputs }, { opset, irVersion: 6, producer: "test" });
}

async function run(model: Model): Promise<unknown> {
  await using session = await open(model);
  const results = await session.run({ x: { type: "float32", dims, data } });
  return results.map(({ dims, data }) => [dims, Array.from(data, Number)]);
}

const one = (opType: string, attributes: Attributes = {}): Result[] => [apply(opType, [x], attributes)];

describe("a model of opset 11 or 12", () => {
  test.each<[string, readonly Result[]]>([
    ["Squeeze with axes", one("Squeeze", { axes: [2] })],
    ["Squeeze of whatever is 1", one("Squeeze")],
    ["Unsqueeze", one("Unsqueeze", { axes: [0, -1] })],
    ["ReduceSum over axes", one("ReduceSum", { axes: [1, 3], keepdims: 0 })],
    ["ReduceSum over all", one("ReduceSum")],
    ["Split in parts", applyMany("Split", [x], { axis: 3, split: [1, 3] }, 2)],
    ["Split in halves", applyMany("Split", [x], { axis: 3 }, 2)],
    ["Softmax from axis 1 on", one("Softmax")],
    ["Softmax along the last axis", one("Softmax", { axis: 3 })],
    ["Softmax along the last axis, from behind", one("Softmax", { axis: -1 })],
    ["LogSoftmax from axis 2 on", one("LogSoftmax", { axis: 2 })],
    ["Hardmax from axis 1 on", one("Hardmax")],
    ["what did not change", one("LeakyRelu", { alpha: float(0.2) })],
  ])("computes the same as 13: %s", async (_, values) => {
    for (const opset of [11, 12]) {
      const given = modelWith(values, opset);
      const upgraded = upgradeOpset(given);
      expect(upgraded.opsets.get("")).toBe(13);
      expect(upgraded.irVersion).toBe(7);
      expect(await run(upgraded)).toEqual(await run(given));
    }
  });

  test("of which no size is known is upgraded all the same", async () => {
    const given = modelWith([apply("Softmax", [unnamed], { axis: 2 })], 12, unnamed);
    expect(await run(upgradeOpset(given))).toEqual(await run(given));
  });

  test.each([1, 3])("keeps the name of what a Softmax from axis %i on makes", (axis) => {
    const attributes = attributesOf({ axis });
    const softmax = application({ opType: "Softmax", inputs: [x], attributes, name: "node", names: ["shares"] });
    const { graph } = upgradeOpset(modelWith([apply("Relu", [softmax.results[0]!])], 12));
    const [relu] = applicationsOf(graph).filter(({ opType }) => opType === "Relu");
    expect(valueName(relu!.inputs[0]!)).toBe("shares");
    expect(applicationsOf(graph).map(({ name }) => name)).toContain("node");
  });

  test("drops out nothing before and after", async () => {
    const dropout = application({ opType: "Dropout", inputs: [x], attributes: attributesOf({ ratio: float(0.5) }) });
    const given = modelWith([dropout.results[0]!], 11);
    expect(await run(upgradeOpset(given))).toEqual(await run(given));
  });

  test("with a way to resize that opset 13 lacks is refused by the name of the node", () => {
    const attributes = { mode: "linear", coordinate_transformation_mode: "tf_half_pixel_for_nn" };
    const given = modelWith([apply("Resize", [x], attributes, { name: "up" })], 11);
    expect(() => upgradeOpset(given)).toThrow(
      /node "up": .*tf_half_pixel_for_nn.*: export the model with "half_pixel"/,
    );
  });
});

test("a model of opset 13 or more stays the same object", () => {
  const given = modelWith(one("Relu"), 17);
  expect(upgradeOpset(given)).toBe(given);
});

test.each([9, 10])("a model of opset %d is refused with what to do", (opset) => {
  expect(() => upgradeOpset(modelWith(one("Relu"), opset))).toThrow(
    `the model is of opset ${opset}, and INT8 per channel needs 13: export it again with opset 13 or more`,
  );
});
