import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { float32, int32, oracle } from "../oracle/quantization.ts";
import { entropyRange } from "./entropy.ts";
import { addSigned, addSizes, rangeOf, signedHistogram, sizeHistogram, type Histogram } from "./histogram.ts";
import { completeMethod } from "./method.ts";
import type { Range } from "../scale.ts";
import { percentileOfSizes, percentileRange } from "./percentile.ts";

type Tensor = (typeof oracle.tensors)[number];

const pictures = ({ values, rows }: Tensor): readonly Float32Array[] => {
  const all = float32(values);
  const length = all.length / rows;
  return Array.from({ length: rows }, (_, i) => all.slice(i * length, (i + 1) * length));
};

/** The histogram when the range of all pictures is known before. */
function signedOf(tensor: Tensor, bins: number): Histogram {
  return pictures(tensor).reduce(addSigned, signedHistogram(bins, rangeOf(float32(tensor.values))));
}

function sizesOf(tensor: Tensor, bins: number): Histogram {
  const all = float32(tensor.values);
  const sizes = rangeOf(all.map(Math.abs));
  return pictures(tensor).reduce(addSizes, sizeHistogram(bins, sizes.lowest, sizes.highest, rangeOf(all)));
}

/** The part of all values of a tensor that a percentile of sizes holds, with every element at hand. */
function rangeAtHand(tensor: Tensor, bins: number, percentile: number): Range {
  const all = float32(tensor.values);
  const sizes = rangeOf(all.map(Math.abs));
  return percentileOfSizes(
    sizeHistogram(bins, sizes.lowest, sizes.highest, rangeOf(all)),
    pictures(tensor),
    percentile,
  );
}

const methods = {
  "Entropy 128/128": (tensor: Tensor) => entropyRange(signedOf(tensor, 128), 128),
  "Entropy 512/64": (tensor: Tensor) => entropyRange(signedOf(tensor, 512), 64),
  "Percentile 99.9 symmetric": (tensor: Tensor) => percentileRange(sizesOf(tensor, 2048), 99.9, "sizes"),
  "Percentile 99 symmetric": (tensor: Tensor) => percentileRange(sizesOf(tensor, 100), 99, "sizes"),
  "Percentile 99 of both sides": (tensor: Tensor) => percentileRange(signedOf(tensor, 2048), 99, "signed"),
};

describe("the range of", () => {
  test.each(
    oracle.tensors.flatMap((tensor) =>
      Object.entries(methods).map(([method, range]) => [tensor.name, method, tensor, range] as const),
    ),
  )("%s values by %s is Python's", (_, method, tensor, range) => {
    const { lowest, highest } = range(tensor);
    expect([lowest, highest]).toEqual(tensor.ranges[method]);
  });
});

test.each(oracle.tensors.map((tensor) => [tensor.name, tensor] as const))(
  "by Entropy with as many bins as levels, the range of %s values is all of it in Python as well, so MinMax stands for it",
  (_, tensor) => {
    const { lowest, highest } = rangeOf(float32(tensor.values));
    expect(tensor.ranges["Entropy 128/128"]).toEqual([lowest, highest]);
    for (const bins of [128, 129]) expect(completeMethod({ kind: "Entropy", bins })).toEqual({ kind: "MinMax" });
    expect(completeMethod({ kind: "Entropy", bins: 130 })).toEqual({ kind: "Entropy", bins: 130, levels: 128 });
  },
);

describe("the percentile of sizes at hand", () => {
  test.each(oracle.tensors.map((tensor) => [tensor.name, tensor] as const))(
    "of %s values is that of the whole histogram, wherever it lies",
    (_, tensor) => {
      for (const percentile of [0, 1, 30, 60, 90, 99, 99.9, 99.999, 100])
        for (const bins of [1, 2, 7, 100, 2048])
          expect(rangeAtHand(tensor, bins, percentile)).toEqual(
            percentileRange(sizesOf(tensor, bins), percentile, "sizes"),
          );
    },
  );
});

describe("a histogram that grows picture by picture", () => {
  test.each(oracle.tensors.map((tensor) => [tensor.name, tensor] as const))(
    "of %s values has Python's bins",
    (_, tensor) => {
      const [first, ...more] = pictures(tensor);
      const signed = pictures(tensor).reduce(addSigned, signedHistogram(16, rangeOf(first!)));
      const sizes = rangeOf(first!.map(Math.abs));
      const start = addSizes(sizeHistogram(16, sizes.lowest, sizes.highest, rangeOf(first!)), first!);
      const grown = { signed, sizes: more.reduce(addSizes, start) };
      for (const kind of ["signed", "sizes"] as const) {
        expect(Array.from(grown[kind].counts)).toEqual(Array.from(int32(tensor.merged[kind].counts)));
        expect(Array.from(grown[kind].edges)).toEqual(Array.from(float32(tensor.merged[kind].edges)));
      }
    },
  );
});

const value = fc.float({ min: -1000, max: 1000, noNaN: true });
const batches = fc.array(fc.array(value, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 6 });

describe("a histogram", () => {
  test("of a known range does not depend on the order of the pictures, and counts every value", () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 40 }), (given, bins) => {
        const parts = given.map((part) => Float32Array.from(part));
        const empty = signedHistogram(bins, rangeOf(Float32Array.from(given.flat())));
        const forward = parts.reduce(addSigned, empty);
        expect(parts.toReversed().reduce(addSigned, empty)).toEqual(forward);
        expect(forward.counts.reduce((sum, count) => sum + count, 0)).toBe(given.flat().length);
      }),
    );
  });

  test("that grows keeps its width and loses no value", () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 2, max: 40 }), (given, bins) => {
        const parts = given.map((part) => Float32Array.from(part));
        fc.pre(Math.abs(parts[0]![0]!) > 1);
        const grown = parts.reduce(addSigned, signedHistogram(bins, rangeOf(parts[0]!)));
        expect(grown.counts.reduce((sum, count) => sum + count, 0)).toBe(given.flat().length);
        expect(grown.range).toEqual(rangeOf(Float32Array.from(given.flat())));
        const width = (2 * Math.max(...parts[0]!.map(Math.abs))) / bins;
        expect(grown.edges[1]! - grown.edges[0]!).toBeCloseTo(width, 1);
      }),
    );
  });

  test("of zeros alone has one bin that holds them", () => {
    const zeros = addSigned(signedHistogram(4, { lowest: 0, highest: 0 }), new Float32Array(3));
    expect(Array.from(zeros.counts)).toEqual([0, 0, 3, 0]);
    expect(entropyRange(zeros, 4)).toEqual({ lowest: 0, highest: 0 });
  });
});
