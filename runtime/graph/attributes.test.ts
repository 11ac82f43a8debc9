import { describe, expect, test } from "@jest/globals";
import { floatOf, floatsOf, intOf, intsOf, nodeName, stringOf, tensorOf } from "./attributes.ts";
import { application, attribute, attributesOf, float, type AttributeValue } from "./expression.ts";
import { GraphError } from "./graph-error.ts";
import { tensor } from "./tensor.ts";

const value = tensor("t", "float32", [1], Float32Array.of(2));
const made = application({
  opType: "Op",
  inputs: [],
  name: "op",
  attributes: attributesOf({
    ...{ axis: -1, pads: [1, 2], alpha: float(0.5), scales: float([1, 2]), mode: "nearest", value: { tensor: value } },
    big: 2n ** 63n - 1n,
  }),
});

describe("an attribute", () => {
  test("is read by its name, as what the operator takes it for", () => {
    expect(intOf(made, "axis")).toBe(-1);
    expect(intsOf(made, "pads")).toEqual([1, 2]);
    expect(floatOf(made, "alpha")).toBe(0.5);
    expect(floatsOf(made, "scales")).toEqual([1, 2]);
    expect(stringOf(made, "mode")).toBe("nearest");
    expect(tensorOf(made, "value")).toBe(value);
    expect(intOf(made, "big")).toBe(2 ** 63);
  });

  test("has the operator's default where it is not there", () => {
    expect(intOf(made, "none", 7)).toBe(7);
    expect(intsOf(made, "none", [1])).toEqual([1]);
    expect(stringOf(made, "none")).toBeUndefined();
  });

  test("that is zero is not written by every writer, and is zero still", () => {
    const { i: _, ...bare } = attribute("axis", 0);
    expect(intOf({ ...made, attributes: [bare] }, "axis", 3)).toBe(0);
  });

  test("of another type is refused by node, name and type", () => {
    expect(() => intOf(made, "pads")).toThrow(GraphError);
    expect(() => intOf(made, "pads")).toThrow('node "op": attribute "pads" of Op is "ints" and must be "i"');
  });

  test.each<[string, AttributeValue]>([
    ["a fraction", 0.5],
    ["no number", NaN],
    ["a list with a fraction", [1, 0.5]],
    ["a number that lost digits", 2 ** 60],
    ["an integer of more than 64 bits", 2n ** 63n],
  ])("is no integer where it is %s", (_, value) => {
    expect(() => attribute("axis", value)).toThrow(RangeError);
    expect(() => attribute("axis", value)).toThrow(/^attribute "axis" is .* see float\(\)$/);
  });

  test("may leave its type out", () => {
    const { type: _, ...bare } = attribute("axis", 2);
    expect(intOf({ ...made, attributes: [bare] }, "axis")).toBe(2);
  });
});

test("a node without a name goes by its operator and what it makes", () => {
  expect(nodeName(made)).toBe("op");
  expect(nodeName(application({ opType: "Add", inputs: [], name: "", names: ["sum"] }))).toBe("Add of sum");
  expect(nodeName(application({ opType: "Add", inputs: [] }))).toBe("Add");
});
