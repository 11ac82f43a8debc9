import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { apply, constant, float, input, type Attributes, type Value } from "../../graph/expression.ts";
import { modelOf, type Model } from "../../graph/graph.ts";
import { number, numbers } from "../../graph/literals.ts";
import { conv } from "../../graph/operators.ts";
import { tensor } from "../../graph/tensor.ts";
import { float16Cases, halvedFile } from "../oracle/float16-cases.ts";
import { convertToFloat16 } from "./convert.ts";

/** What float16.py wrote: each model in FP16, what it gives when computed in float16, and what it gives in float32. */
interface Oracle {
  readonly cases: Readonly<
    Record<string, { readonly model: string; readonly halves: Numbers; readonly exact: Numbers }>
  >;
}

/** What is not finite is a string. */
type Numbers = readonly (number | string)[];

const oracle = JSON.parse(readFileSync(new URL("../oracle/float16.json", import.meta.url), "utf8")) as Oracle;

describe("computed in float16, as onnx.reference does,", () => {
  test.each(float16Cases)("$name is right to 2^-10 of its largest number", ({ name, model }) => {
    const { model: known, halves, exact } = oracle.cases[name]!;
    // The oracle ran this very model: where another is made now, run float16.py again.
    expect(halvedFile(model)).toBe(known);
    const largest = Math.max(...exact.map((value) => Math.abs(Number(value))));
    for (const [place, value] of exact.entries())
      expect(Math.abs(Number(halves[place]) - Number(value))).toBeLessThanOrEqual(largest * 2 ** -10);
  });
});

const x = input("x", "float32", [1, 4, 6, 6]);
const named = (opType: string, name: string, inputs: readonly Value[], attributes: Attributes = {}) =>
  apply(opType, inputs, attributes, { name });
const f = (value: number): Value => number("float32", value);
const weight = (...values: readonly number[]) =>
  constant(
    tensor(
      "w",
      "float32",
      [4, 4, 1, 1],
      Float32Array.from({ length: 16 }, (_, i) => values[i % values.length]!),
    ),
  );
const modelWith = (value: Value): Model =>
  modelOf({ name: "g", inputs: [x], outputs: [{ name: "y", value }] }, { opset: 17, irVersion: 8, producer: "test" });

/** The nodes that stay in float32. */
const leftOf = (value: Value): readonly string[] => convertToFloat16(modelWith(value)).left.map(({ node }) => node);

describe("numbers that float16 does not hold", () => {
  const grown = named("Exp", "grown", [x]);
  const shift = numbers("float32", [1, 4, 1, 1], [1, 2, 3, 4]);

  test.each<[string, Value, readonly string[]]>([
    ["pass on in float32", named("Add", "sum", [grown, x]), ["sum", "after"]],
    ["are not brought back by a constant", named("Mul", "part", [grown, f(1e-3)]), ["part", "after"]],
    [
      "are brought back by a quotient",
      named("Div", "share", [grown, named("Add", "sum", [grown, x])]),
      ["sum", "share"],
    ],
    [
      "are brought back by a product with an inverse",
      named("Mul", "share", [x, named("Reciprocal", "inverse", [grown])]),
      ["inverse", "share"],
    ],
    ["are brought back by what is bounded", named("Tanh", "bounded", [grown]), ["bounded"]],
    ["are brought back by a Clip", named("Clip", "clipped", [grown, f(0), f(6)]), ["clipped"]],
    ["are brought back by a layer", named("Conv", "layer", [grown, weight(1)]), ["layer"]],
  ])("%s", (_, value, expected) => {
    expect(leftOf(named("Relu", "after", [value]))).toEqual(["grown", ...expected]);
  });

  test.each<[string, Value]>([
    ["an epsilon that vanishes", named("Add", "there", [x, f(1e-12)])],
    ["a factor that vanishes", named("Mul", "there", [x, f(1e-9)])],
    ["a mask that saturates", named("Where", "there", [named("Greater", "mask", [x, x]), x, f(-3e38)])],
    ["a layer whose weights all vanish", named("Conv", "there", [x, weight(1e-9, -1e-9)])],
    ["a layer with a weight that saturates", named("Conv", "there", [x, weight(1, 1e5)])],
    ["a lower bound that vanishes", named("Max", "there", [x, f(1e-12)])],
    [
      "a divisor that vanishes in part",
      named("Div", "there", [x, numbers("float32", [1, 1, 1, 6], [1, 2, 3, 4, 5, 1e-9])]),
    ],
  ])("are told in a constant: %s stays in float32", (_, value) => {
    expect(leftOf(value)).toContain("there");
  });

  test.each<[string, Value]>([
    [
      "a bias of which some elements vanish",
      named("Add", "there", [x, numbers("float32", [1, 1, 1, 6], [1, 2, 3, 4, 5, 1e-9])]),
    ],
    ["a layer of which some weights vanish", named("Conv", "there", [x, weight(1, 1e-9)])],
    ["a layer whose bias vanishes", conv(x, weight(1), numbers("float32", [4], [1e-9, 0, 0, 0]))],
    ["an upper bound that saturates", named("Clip", "there", [x, f(0), f(3.4e38)])],
    ["a mask of -Infinity", named("Add", "there", [x, f(-Infinity)])],
    ["a shift", named("Add", "there", [x, shift])],
    ["a small variance beside a usual epsilon", named("BatchNormalization", "there", [x, ...normalization(1e-9)])],
  ])("are not missed beside greater ones: %s is computed in float16", (_, value) => {
    expect(leftOf(value)).toEqual([]);
  });

  test("are a small variance beside an epsilon that is smaller", () => {
    const value = named("BatchNormalization", "there", [x, ...normalization(1e-7)], { epsilon: float(1e-12) });
    expect(leftOf(value)).toEqual(["there"]);
  });
});

/** Scale, shift, mean, and a variance that is the same in all channels. */
function normalization(variance: number): readonly Value[] {
  const four = (value: number): Value => numbers("float32", [4], [value, value, value, value]);
  return [four(1), four(0), four(0), four(variance)];
}
