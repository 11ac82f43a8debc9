import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { sizeOf, tensor } from "../graph/tensor.ts";
import { quantizeBias, quantizeWeight, scalesForBias } from "./weight.ts";

const float = fc.float({ min: -100, max: 100, noNaN: true });
const weights = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }).chain((dims) =>
  fc.record({
    dims: fc.constant(dims),
    axis: fc.option(fc.integer({ min: 0, max: dims.length - 1 }), { nil: undefined }),
    values: fc.array(float, { minLength: sizeOf(dims), maxLength: sizeOf(dims) }),
  }),
);

/** The channel of each element, from its index along the axis. */
function channelOf(index: number, dims: readonly number[], axis: number | undefined): number {
  return axis === undefined ? 0 : Math.floor(index / sizeOf(dims.slice(axis + 1))) % dims[axis]!;
}

describe("a weight in int8", () => {
  test("is off by half a step of its channel at most, and uses all of -127 to 127", () => {
    fc.assert(
      fc.property(weights, ({ dims, axis, values }) => {
        const { bytes, scales } = quantizeWeight(tensor("w", "float32", dims, Float32Array.from(values)), axis);
        expect(scales).toHaveLength(axis === undefined ? 1 : dims[axis]!);
        for (const [i, value] of values.entries()) {
          const scale = scales[channelOf(i, dims, axis)]!;
          expect(Math.abs(bytes[i]! * scale - value)).toBeLessThanOrEqual(0.5 * scale * (1 + 1e-5));
          expect(Math.abs(bytes[i]!)).toBeLessThanOrEqual(127);
        }
        for (const [channel, scale] of scales.entries()) {
          const own = bytes.filter((_, i) => channelOf(i, dims, axis) === channel);
          expect(scale === 1 || own.some((byte) => Math.abs(byte) === 127)).toBe(true);
        }
      }),
    );
  });

  test("may hold the greatest float32 of both signs", () => {
    const greatest = Math.fround(3.4e38);
    const { scales, bytes } = quantizeWeight(
      tensor("w", "float32", [3], Float32Array.of(greatest, -greatest, 1)),
      undefined,
    );
    expect(Array.from(scales)).toEqual([Math.fround((2 * greatest) / 254)]);
    expect(Array.from(bytes)).toEqual([127, -127, 0]);
  });

  test("has scale 1 for a channel of zeros", () => {
    const { scales } = quantizeWeight(tensor("w", "float32", [2, 2], Float32Array.of(0, 0, 1, -2)), 0);
    expect(Array.from(scales)).toEqual([1, Math.fround(2 / 127)]);
  });
});

describe.each([NaN, Infinity, -Infinity])("an element that is %s", (broken) => {
  const given = tensor("c", "float32", [3], Float32Array.of(1, broken, -2));
  const message = 'value "c": some of its elements are no finite numbers';

  test.each([
    ["weight", () => quantizeWeight(given, undefined)],
    ["weight by channel", () => quantizeWeight(given, 0)],
    ["bias", () => quantizeBias(given, 0.1, Float32Array.of(1, 1, 1))],
  ])("makes a %s refused", (_, quantized) => {
    expect(quantized).toThrow(message);
  });
});

describe("a bias in int32", () => {
  const bias = tensor("b", "float32", [2], Float32Array.of(0.5, -1000));

  test("has the scale of the input times that of the weight", () => {
    const { words, scales } = quantizeBias(bias, 0.1, Float32Array.of(0.01, 0.02));
    expect(Array.from(words)).toEqual([500, -500000]);
    expect(scales[1]).toBeCloseTo(0.002, 9);
  });

  test("makes the scale of a tiny weight grow until it fits", () => {
    const given = Float32Array.of(1e-5, 1e-5);
    const scales = scalesForBias(bias, 1e-3, given);
    expect(scales[0]).toBe(given[0]);
    expect(scales[1]!).toBeGreaterThan(given[1]!);
    expect(Math.abs(quantizeBias(bias, 1e-3, scales).words[1]!)).toBeLessThan(2 ** 31 - 1);
  });
});
