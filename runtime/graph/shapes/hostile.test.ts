import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { application, apply, attributesOf, constant, input, type Value } from "../expression.ts";
import { GraphError } from "../graph-error.ts";
import { tensor } from "../tensor.ts";
import type { Dim } from "../type.ts";
import { inferTypes } from "./infer.ts";
import { ints, modelOfCase } from "./oracle/case.ts";
import { families } from "./rules.ts";

const typesOf = (...outputs: Value[]) => inferTypes(modelOfCase({ name: "", outputs, opset: 17 }));

const operators = families.flatMap(({ domain, table }) => Object.keys(table).map((opType) => ({ domain, opType })));
const few = (of: fc.Arbitrary<number | bigint>) => fc.array(of, { maxLength: 6 });
const small = fc.integer({ min: -3, max: 9 });
const anyNumber = fc.oneof(small, fc.integer(), fc.constantFrom(2 ** 53 - 1, -(2n ** 53n), 2 ** 31, 2n ** 63n - 1n));

const value: fc.Arbitrary<Value | undefined> = fc.oneof(
  fc.constant(undefined),
  fc
    .array(fc.oneof(fc.nat(9), fc.constantFrom<Dim>("N", "H", "?7", 2 ** 40)), { maxLength: 5 })
    .chain((dims) => fc.nat(1e6).map((serial) => input(`x${serial}`, "float32", dims))),
  few(anyNumber).map((list) => ints(...list)),
  small.map((number) => constant(tensor(undefined, "int64", [], BigInt64Array.of(BigInt(number))))),
);

const lists = ["axes", "perm", "kernel_shape", "strides", "pads", "dilations", "split", "shape", "starts", "ends"];
const numbers = ["axis", "group", "to", "dtype", "keepdims", "allowzero", "blocksize", "num_outputs", "ceil_mode"];
const attributes = fc.record(
  Object.fromEntries([
    ...[...lists, "output_shape", "output_padding", "pooled_shape"].map((name) => [name, few(anyNumber)] as const),
    ...[...numbers, "batch_dims", "start", "end", "transA", "hidden_size", "q_num_heads", "kv_num_heads", "K", "N"].map(
      (name) => [name, anyNumber] as const,
    ),
    ["equation", fc.stringMatching(/^[ij.,]{0,8}(->[ijk.]{0,4})?$/)] as const,
  ]),
  { requiredKeys: [] },
);

test("whatever an operator is given, it gets types or is refused by name", () => {
  fc.assert(
    fc.property(
      ...[fc.constantFrom(...operators), fc.array(value, { maxLength: 9 }), attributes, fc.integer({ min: 1, max: 3 })],
      (operator, inputs, given, outputs) => {
        const made = application({ ...operator, inputs, attributes: attributesOf(given), outputs });
        try {
          for (const result of made.results) typesOf(apply("Shape", [result]));
        } catch (error) {
          expect(error).toBeInstanceOf(GraphError);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

describe("a model that is made to take long does not", () => {
  test("when every node makes a shape of twice the axes", () => {
    let shape: Value = ints(1, 1, 1, 1);
    for (let step = 0; step < 60; step++) shape = apply("Concat", [shape, shape], { axis: 0 });
    const x = apply("ConstantOfShape", [shape]);
    expect(typesOf(x).of(x)).toEqual({ type: "float32", dims: undefined });
  });

  test("when every node squares the size", () => {
    let x: Value = input("x", "float32", ["N", "M"]);
    for (let step = 0; step < 60; step++) x = apply("Expand", [apply("Flatten", [x], { axis: 2 }), ints(1, 7)]);
    for (let step = 0; step < 60; step++)
      x = apply("Flatten", [apply("Concat", [x, apply("Transpose", [x])], { axis: 0 })], { axis: 2 });
    expect(typesOf(x).of(x)!.dims).toHaveLength(2);
  });

  test("when repeats, pads and sizes are as large as they can be", () => {
    const x = input("x", "float32", [2 ** 40, 3]);
    const most = 2 ** 52;
    for (const value of [
      apply("Tile", [x, ints(most, 1)]),
      apply("Pad", [x, ints(most, most, most, most)]),
      apply("Expand", [x, ints(most, 1, 1)]),
      apply("Range", [ints(0), ints(most), ints(1)]),
    ])
      expect(typesOf(value).of(value)!.dims!.length).toBeLessThan(4);
  });

  test("when an input has more axes than can be followed", () => {
    const x = input("x", "float32", new Array<number>(1e6).fill(1));
    const y = apply("Unsqueeze", [x, ints(0)]);
    expect(typesOf(y).of(y)).toEqual({ type: "float32", dims: undefined });
  });

  test("when loops lie in loops", () => {
    const x = input("x", "float32", [3]);
    const outermost = nested(x, 40);
    expect(typesOf(outermost).of(outermost)).toEqual({ type: "float32", dims: undefined });
  });
});

/** A loop in a loop, so many deep, the innermost of which doubles what they carry. */
function nested(carried: Value, depth: number): Value {
  const [round, go] = [input("round", "int64", []), input("go", "bool", [])];
  const state: Value = { kind: "Input", name: "state", type: "float32", dims: undefined };
  const next = depth === 0 ? apply("Concat", [state, state], { axis: 0 }) : nested(state, depth - 1);
  const outputs = [apply("Identity", [go]), next].map((value) => ({ name: "", value }));
  const graph = { name: "body", inputs: [round, go, state], outputs };
  const bodies = [{ attribute: "body", graph }];
  return application({ opType: "Loop", inputs: [ints(1), undefined, carried], bodies }).results[0]!;
}

test("a size may have any name, also one that objects have from birth", () => {
  const x = input("x", "float32", ["__proto__", "constructor"]);
  const types = typesOf(apply("Concat", [x, x], { axis: 1 }));
  expect([...types.of(x)!.dims!]).toEqual(["__proto__", "constructor"]);
});
