import { describe, expect, test } from "@jest/globals";
import { apply, constant, input, type Value } from "../expression.ts";
import { numbers } from "../literals.ts";
import { tensor } from "../tensor.ts";
import { inferTypes } from "./infer.ts";
import { actualTensors } from "./oracle/actual.ts";
import { modelOfCase } from "./oracle/case.ts";
import { mistakesIn } from "./oracle/contents.ts";

const i64 = (...values: (number | bigint)[]): Value =>
  constant(tensor(undefined, "int64", [values.length], BigInt64Array.from(values, BigInt)));
const i32 = (...values: number[]): Value => numbers("int32", [values.length], values);
const f32 = (...values: number[]): Value => numbers("float32", [values.length], values);
const scalar = (type: "int32" | "int64" | "float32", value: number): Value => numbers(type, [], [value]);
const cast = (value: Value, to: number): Value => apply("Cast", [value], { to });
const shape = apply("Shape", [input("x", "float32", ["N", "C", "H"])]);

/** N, C and H of a tensor that has them; one square more is beyond 8 bits. */
const sizes = { N: 2, C: 3, H: 60 };

const [most, beyond] = [2n ** 63n - 1n, 2n ** 53n];
const typesOf = (value: Value) => inferTypes(modelOfCase({ name: "", outputs: [value], opset: 17 }));

describe("what is known of contents is what ONNX Runtime makes of", () => {
  test.each<[string, Value]>([
    ["a difference beyond 2^53", apply("Sub", [i64(beyond + 1n), i64(beyond)])],
    ["a difference of the largest integers", apply("Sub", [i64(most), i64(most - 1n)])],
    ["a sum back from beyond 2^53", apply("Add", [i64(beyond + 1n), i64(-beyond)])],
    ["a product that wraps", apply("Mul", [i64(2n ** 40n), i64(2n ** 40n)])],
    ["a quotient beyond 2^53", apply("Div", [i64(beyond * 2n + 1n), i64(2)])],
    ["equal integers beyond 2^53 that are not", apply("Equal", [i64(beyond + 1n), i64(beyond)])],
    ["a larger integer beyond 2^53", apply("Greater", [i64(most), i64(most - 1n)])],
    ["an integer at most another beyond 2^53", apply("LessOrEqual", [i64(beyond + 1n), i64(beyond)])],
    ["a remainder beyond 2^53", apply("Mod", [i64(beyond + 1n), i64(2)])],
    ["a remainder of a product", apply("Mod", [apply("Mul", [i64(3037000499), i64(3037000499)]), i64(10)])],
    ["a remainder of what Cast made", apply("Mod", [cast(f32(2 ** 60), 7), i64(7)])],
    ["integers beyond 2^53 as float32", cast(i64(2n ** 60n + 2n ** 36n + 1n), 1)],
    ["the largest integer as an unsigned one and back", apply("Sub", [cast(cast(i64(most), 13), 7), i64(1)])],
    ["a range beyond 2^53", apply("Sub", [range("int64", 2 ** 53, 2 ** 53 + 4, 2), i64(beyond)])],
    ["a product of int32 that does not fit", apply("ReduceProd", [i32(65536, 65536)])],
    ["a sum of int32 that does not fit", apply("ReduceSum", [i32(2 ** 31 - 1, 1)])],
    ["a sum of int32 that would fit again", apply("ReduceSum", [i32(2 ** 31 - 1, 1, -1)])],
    ["a sum of float32 that is rounded", apply("ReduceSum", [f32(2 ** 24, 1, 1)])],
    ["a sum of int64 beyond 2^53", apply("ReduceSum", [i64(beyond + 1n, -beyond)])],
    ["a range of tenths", tenths(range("float32", 0, 20, 0.1))],
    ["a range of wholes from a tenth", tenths(range("float32", 0.1, 20, 1))],
    ["sizes in 8 bits that do not fit", apply("Mul", [cast(shape, 3), cast(shape, 3)])],
    ["a size as 8 bits without a sign, less one more", apply("Sub", [cast(shape, 2), numbers("uint8", [1], [61])])],
    ["a size as 32 bits without a sign, less one more", cast(apply("Sub", [cast(shape, 12), u32(61)]), 7)],
    ["a size and more than 32 bits hold", cast(apply("Add", [shape, i64(2 ** 31 - 1)]), 6)],
    ["a size and more than float32 holds", cast(apply("Add", [shape, i64(2 ** 24)]), 1)],
    ["sizes in 64 bits", apply("Mul", [shape, shape])],
    ["the larger of no number and a number", apply("Max", [f32(NaN, 2), f32(1, 3)])],
    ["the larger of integers beyond 2^53", apply("Max", [i64(most, -most), i64(beyond, 5)])],
  ])("%s", async (_, value) => {
    const types = typesOf(value);
    const [actual] = await actualTensors(modelOfCase({ name: "", outputs: [value], opset: 17 }), sizes);
    expect(mistakesIn(types.valuesOf(value), actual!, sizes)).toEqual([]);
  });
});

function range(type: "int64" | "float32", ...bounds: readonly number[]): Value {
  return apply(
    "Range",
    bounds.map((bound) => scalar(type, bound)),
  );
}

/** Ten times as much, rounded down. */
function tenths(value: Value): Value {
  return cast(apply("Floor", [apply("Mul", [value, f32(10)])]), 7);
}

function u32(value: number): Value {
  return numbers("uint32", [1], [value]);
}

test.each<[string, Value, readonly unknown[] | undefined]>([
  ["the largest integer, as the end of a Slice", i64(most), [2 ** 63]],
  ["the smaller of it and another", apply("Min", [i64(most), i64(7)]), [7]],
  ["it after a Cast to its own type", cast(i64(most), 7), [2 ** 63]],
  ["a product of sizes", apply("ReduceProd", [shape], { keepdims: 0 }), ["C*H*N"]],
  ["sizes as float32 and back", cast(apply("Mul", [cast(shape, 1), f32(2)]), 7), ["2*N", "2*C", "2*H"]],
  ["a range of integers", range("int64", 5, -1, -2), [5, 3, 1]],
  ["of a range without an end that nothing is known", range("float32", 0, Infinity, 1), undefined],
  ["the larger of no number and a number", apply("Max", [f32(NaN, 2), f32(1, 3)]), [NaN, 3]],
  [
    "the smaller of no number and a size",
    apply("Min", [f32(NaN, 2, 4), cast(shape, 1)]),
    [undefined, "min(2,C)", "min(4,H)"],
  ],
])("known stays %s", (_, value, known) => {
  expect(typesOf(value).valuesOf(value)).toEqual(known);
});
