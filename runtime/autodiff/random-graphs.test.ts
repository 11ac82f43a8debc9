import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { apply, input, type Input, type Value } from "../graph/expression.ts";
import { modelOf, type Model, type Output } from "../graph/graph.ts";
import { integers, number } from "../graph/literals.ts";
import {
  add,
  concat,
  divide,
  exp,
  gather,
  matMul,
  multiply,
  negate,
  reduce,
  reshape,
  sigmoid,
  slice,
  sqrt,
  subtract,
  transpose,
} from "../graph/operators.ts";
import { inferTypes } from "../graph/shapes/infer.ts";
import { applicationsOf } from "../graph/topology.ts";
import { chooseCheckpoints } from "./checkpoints.ts";
import { gradients } from "./gradients.ts";
import { evaluator, type Fed } from "./oracle/evaluate.ts";

const type = "float64";
const opset = 18;
const real = (value: number): Value => number(type, value);
const positive = (x: Value): Value => add(multiply(x, x), real(0.5));
const over = (how: "Sum" | "Mean" | "LogSumExp", axis: number) => (x: Value) =>
  reduce(how, x, { axes: [axis], keep: true, opset });

/** Steps from values of shape [2, 3] (or what broadcasts to it) to one of that shape: smooth, and none grows fast. */
const steps: Readonly<Record<string, (a: Value, b: Value) => Value>> = {
  add,
  subtract,
  multiply: (a, b) => multiply(apply("Tanh", [a]), b),
  divide: (a, b) => divide(a, positive(b)),
  negate,
  sigmoid,
  tanh: (a) => apply("Tanh", [a]),
  exp: (a) => exp(negate(multiply(a, a))),
  sqrt: (a) => sqrt(positive(a)),
  softmax: (a) => apply("Softmax", [a], { axis: -1 }),
  logSoftmax: (a) => apply("LogSoftmax", [a], { axis: 0 }),
  layerNorm: (a, b) => apply("LayerNormalization", [a, over("Mean", 0)(b)], { axis: -1 }),
  product: (a, b) => matMul(matMul(a, transpose(b, [1, 0])), sigmoid(b)),
  meanOfRows: (a, b) => subtract(a, over("Mean", 1)(b)),
  sumOfColumns: (a, b) => multiply(sigmoid(a), over("Sum", 0)(b)),
  logSumExp: (a, b) => subtract(a, over("LogSumExp", 1)(b)),
  reshape: (a, b) => add(a, reshape(transpose(b, [1, 0]), [2, 3])),
  concat: (a, b) => slice(concat([a, b], 1), { axes: [1], starts: [1], ends: [6], steps: [2] }),
  gather: (a) => gather(a, integers([2, 0, 2]), 1),
  pad: (a, b) => add(apply("Pad", [slice(a, { axes: [1], starts: [1], ends: [3] }), integers([0, 1, 0, 0])]), b),
};

/** A graph: each step reads two of the values before it; the last values are added up. */
const recipes = fc.array(
  fc.record({ step: fc.constantFrom(...Object.keys(steps)), a: fc.nat(1000), b: fc.nat(1000) }),
  { minLength: 1, maxLength: 8 },
);
type Recipe = readonly { readonly step: string; readonly a: number; readonly b: number }[];

const inputs: readonly Input[] = [
  input("matrix", type, [2, 3]),
  input("row", type, [3]),
  input("column", type, [2, 1]),
];

function build(recipe: Recipe): Value {
  const full = (value: Value): Value => add(value, apply("Expand", [real(0), integers([2, 3])]));
  const values: Value[] = inputs.map(full);
  for (const { step, a, b } of recipe)
    values.push(steps[step]!(values[a % values.length]!, values[b % values.length]!));
  return reduce("Sum", multiply(values.at(-1)!, sigmoid(values.at(-2)!)), { opset });
}

const modelWith = (outputs: readonly Output[]): Model =>
  modelOf({ name: "random", inputs, outputs }, { opset, irVersion: 8, producer: "facefleet" });

const points = fc.record({
  matrix: fc.array(fc.integer({ min: -15, max: 15 }), { minLength: 6, maxLength: 6 }),
  row: fc.array(fc.integer({ min: -15, max: 15 }), { minLength: 3, maxLength: 3 }),
  column: fc.array(fc.integer({ min: -15, max: 15 }), { minLength: 2, maxLength: 2 }),
});
type Feeds = Readonly<Record<string, Fed>>;

const feedsOf = (point: Readonly<Record<string, readonly number[]>>): Feeds =>
  Object.fromEntries(
    inputs.map(({ name, dims }) => [name, { dims: dims as number[], values: point[name]!.map((value) => value / 10) }]),
  );

/** A direction that is no axis and no diagonal. */
const direction = (name: string, index: number): number => Math.cos(1 + 2.4 * index + name.length);

const along = (name: string, slopes: readonly number[]): number =>
  slopes.reduce((sum, slope, index) => sum + slope * direction(name, index), 0);

const moved = (feeds: Feeds, by: number): Feeds =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, { dims, values }]) => [
      name,
      { dims, values: values.map((value, index) => value + by * direction(name, index)) },
    ]),
  );

describe("gradients of random graphs", () => {
  test("are those of finite differences", async () =>
    fc.assert(
      fc.asyncProperty(recipes, points, async (recipe, point) => {
        const y = build(recipe);
        const output: Output = { name: "y", value: y, type };
        const found = gradients({ of: y, wrt: inputs, types: inferTypes(modelWith([output])), opset });
        const derived = [...found].map(([value, gradient]) => ({
          name: `d ${(value as Input).name}`,
          value: gradient,
          type,
        }));
        const model = await evaluator(modelWith([output, ...(derived as Output[])]), type);
        const feeds = feedsOf(point);
        const step = 1e-6;
        const { y: _, ...slopes } = await model.run(feeds);
        const difference =
          ((await model.run(moved(feeds, step))).y![0]! - (await model.run(moved(feeds, -step))).y![0]!) / (2 * step);
        const gradient = Object.entries(slopes).reduce((sum, [name, values]) => sum + along(name.slice(2), values), 0);
        expect(Math.abs(gradient - difference)).toBeLessThan(1e-5 * (1 + Math.abs(difference)));
      }),
      { numRuns: 60 },
    ));

  test("are the same when parts are computed again", async () =>
    fc.assert(
      fc.asyncProperty(recipes, points, fc.integer({ min: 2, max: 4 }), async (recipe, point, segments) => {
        const y = build(recipe);
        const types = inferTypes(modelWith([{ name: "y", value: y, type }]));
        const checkpoints = chooseCheckpoints(y, types, segments);
        const run = async (kept: readonly Value[]) => {
          const found = gradients({ of: y, wrt: inputs, types, opset, checkpoints: kept });
          const outputs = [...found].map(([value, gradient]) => ({
            name: `d ${(value as Input).name}`,
            value: gradient,
            type,
          }));
          return (await evaluator(modelWith(outputs as Output[]), type)).run(feedsOf(point));
        };
        expect(await run(checkpoints)).toEqual(await run([]));
      }),
      { numRuns: 40 },
    ));
});

describe("checkpoints", () => {
  const chain = Array.from({ length: 12 }).reduce<Value>((x) => apply("Tanh", [x]), inputs[0]!);
  const types = inferTypes(modelWith([{ name: "y", value: chain, type }]));

  test("cut a chain into equal parts", () => {
    const depths = chooseCheckpoints(chain, types, 4).map(
      (value) => applicationsOf({ outputs: [{ name: "", value }] }).length,
    );
    expect(depths).toEqual([3, 6, 9]);
  });

  test("are none where a single operator is differentiated", () => {
    const alone = apply("Tanh", [inputs[0]!]);
    const types = inferTypes(modelWith([{ name: "y", value: alone, type }]));
    expect(chooseCheckpoints(alone, types, 3)).toEqual([]);
  });

  test("make the backward pass compute what lies between them again", () => {
    const operators = (checkpoints: readonly Value[]): number => {
      const value = gradients({ of: chain, wrt: [inputs[0]!], types, opset, checkpoints }).get(inputs[0]!)!;
      return applicationsOf({ outputs: [{ name: "", value }] }).filter(({ opType }) => opType === "Tanh").length;
    };
    expect(operators([])).toBe(12);
    expect(operators(chooseCheckpoints(chain, types, 4))).toBe(12 + 2 + 2 + 2);
  });
});
