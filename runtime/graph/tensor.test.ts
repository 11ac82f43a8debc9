import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeMessage } from "./codec/decode.ts";
import { elements, type ElementType, type TypedArray } from "./elements.ts";
import { encodeMessage } from "./codec/encode.ts";
import { sizeOf, tensor, TensorError, typeOf, valuesOf } from "./tensor.ts";
import type { MessageInit, TensorProto } from "./codec/types.ts";

const decoded = (init: MessageInit<"TensorProto">): TensorProto =>
  decodeMessage("TensorProto", encodeMessage("TensorProto", init));

const types = Object.keys(elements) as ElementType[];

test.each(types)("%s comes back as it was written", (type) => {
  const { array, perSlot } = elements[type];
  fc.assert(
    fc.property(fc.array(fc.nat(4), { maxLength: 3 }), (dims) => {
      const values = new array(Math.ceil(sizeOf(dims) / perSlot));
      new Uint8Array(values.buffer).forEach((_, i, bytes) => (bytes[i] = i * 37));
      const constant = decoded(tensor("w", type, dims, values));
      expect(typeOf(constant)).toBe(type);
      expect(valuesOf(constant)).toEqual(values);
    }),
    { numRuns: 20 },
  );
});

describe("elements outside raw_data", () => {
  const { float32, int8, uint32, float16, int64, float64, uint64, complex64 } = elements;
  const stories: readonly (readonly [string, MessageInit<"TensorProto">, TypedArray])[] = [
    ["float32 in float_data", { dataType: float32.code, floatData: Float32Array.of(1, 2) }, Float32Array.of(1, 2)],
    ["int8 in int32_data", { dataType: int8.code, int32Data: Int32Array.of(-1, 127) }, Int8Array.of(-1, 127)],
    [
      "float16 in int32_data, as bits",
      { dataType: float16.code, int32Data: Int32Array.of(0x3c00, 0) },
      Uint16Array.of(0x3c00, 0),
    ],
    ["int64 in int64_data", { dataType: int64.code, int64Data: BigInt64Array.of(-1n, 5n) }, BigInt64Array.of(-1n, 5n)],
    [
      "uint32 in uint64_data",
      { dataType: uint32.code, uint64Data: BigUint64Array.of(7n, 2n ** 32n - 1n) },
      Uint32Array.of(7, 2 ** 32 - 1),
    ],
    [
      "uint64 in uint64_data",
      { dataType: uint64.code, uint64Data: BigUint64Array.of(7n, 8n) },
      BigUint64Array.of(7n, 8n),
    ],
    [
      "float64 in double_data",
      { dataType: float64.code, doubleData: Float64Array.of(0.1, 2) },
      Float64Array.of(0.1, 2),
    ],
    [
      "complex64 in float_data, two floats each",
      { dataType: complex64.code, floatData: Float32Array.of(1, 2, 3, 4) },
      Float32Array.of(1, 2, 3, 4),
    ],
  ];

  test.each(stories)("%s", (_, init, values) => {
    expect(valuesOf(decoded({ ...init, dims: [2] }))).toEqual(values);
  });

  test("an empty tensor needs no field at all", () => {
    expect(valuesOf(decoded({ dataType: float32.code, dims: [0] }))).toEqual(new Float32Array(0));
  });
});

describe("views", () => {
  test("aligned elements are a view of the file, others a copy with the same values", () => {
    const values = Float32Array.of(1, 2, 3);
    const buffer = new Uint8Array(16);
    for (const offset of [0, 1]) {
      buffer.set(new Uint8Array(values.buffer), offset);
      const constant = { ...tensor("w", "float32", [3], values), rawData: buffer.subarray(offset, offset + 12) };
      const found = valuesOf(constant);
      expect(found).toEqual(values);
      expect(found.buffer === buffer.buffer).toBe(offset === 0);
    }
  });
});

describe("refused by name", () => {
  test.each<[string, MessageInit<"TensorProto">, RegExp]>([
    [
      "too few elements",
      { dataType: 1, dims: [2, 3], floatData: new Float32Array(5) },
      /"w": the shape \[2, 3\] needs 6 values, and there are 5/,
    ],
    ["bytes that are no whole element", { dataType: 1, dims: [1], rawData: new Uint8Array(5) }, /there are 1.25/],
    [
      "a shape beyond any memory",
      { dataType: 1, dims: [2 ** 40, 2 ** 12], rawData: new Uint8Array(4) },
      /there are 1$/,
    ],
    ["a negative size", { dataType: 1, dims: [-1], rawData: new Uint8Array(0) }, /needs -1 values/],
    ["elements in another file", { dataType: 1, dims: [1], dataLocation: 1 }, /external data/],
    ["strings", { dataType: 8, dims: [1] }, /data_type 8 is no number type/],
  ])("%s", (_, init, message) => {
    expect(() => valuesOf(decoded({ ...init, name: "w" }))).toThrow(TensorError);
    expect(() => valuesOf(decoded({ ...init, name: "w" }))).toThrow(message);
  });

  test.each([
    ["negative", [-1, -2], "[-1, -2]"],
    ["broken", [0.5, 4], "[0.5, 4]"],
  ])("writing a shape with %s sizes, though the values would fill it", (_, dims, shown) => {
    expect(() => tensor("w", "float32", dims, Float32Array.of(1, 2))).toThrow(TensorError);
    expect(() => tensor("w", "float32", dims, Float32Array.of(1, 2))).toThrow(`tensor "w": ${shown} is no shape`);
  });

  test("writing values that do not fill the shape", () => {
    expect(() => tensor("w", "float32", [2], Float32Array.of(1))).toThrow(/1 values do not fill float32 \[2\]/);
    expect(() => tensor("w", "float32", [1], Int32Array.of(1))).toThrow(TensorError);
  });
});
