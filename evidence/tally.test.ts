import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { EvidenceRefused } from "./refusal.ts";
import {
  MAX_ENCODED_LENGTH,
  NOTHING,
  POINTS,
  average,
  decodeTally,
  encodeTally,
  meanDifference,
  merge,
  mirror,
  observe,
  sampleSize,
  type Tally,
} from "./tally.ts";

const tallyOf = (differences: readonly number[]): Tally => differences.reduce(observe, NOTHING);

/** Differences whose split is exact in binary, so that sums do not depend on their order even in the last bit. */
const dyadic = fc.integer({ min: -1024, max: 1024 }).map((k) => k / 1024);
const differences = fc.array(dyadic, { maxLength: 60 });
const anyDifference = fc.double({ min: -1, max: 1, noNaN: true });

describe("observe", () => {
  test.each([
    { difference: -1, encoded: "-1:1" },
    { difference: 0, encoded: "0:1" },
    { difference: 1, encoded: "1:1" },
    { difference: 0.125, encoded: "0.125:1" },
    { difference: 0.0625, encoded: "0:0.5 0.125:0.5" },
    { difference: -0.96875, encoded: "-1:0.75 -0.875:0.25" },
  ])("keeps $difference as $encoded", ({ difference, encoded }) => {
    expect(encodeTally(observe(NOTHING, difference))).toBe(encoded);
  });

  test.each([NaN, 1.0000001, -1.5, Infinity, -Infinity])("refuses %p by name and value", (difference) => {
    const refusal = expect.objectContaining({ name: "EvidenceRefused", field: "difference", value: difference });
    expect(() => observe(NOTHING, difference)).toThrow(refusal);
    expect(() => observe(NOTHING, difference)).toThrow(`difference is ${difference}; expected a number from -1 to 1`);
  });

  test("keeps the sample size and the mean of any differences", () => {
    fc.assert(
      fc.property(fc.array(anyDifference, { minLength: 1, maxLength: 60 }), (seen) => {
        const tally = tallyOf(seen);
        expect(sampleSize(tally)).toBe(seen.length);
        expect(meanDifference(tally)).toBeCloseTo(seen.reduce((sum, d) => sum + d, 0) / seen.length, 10);
      }),
    );
  });

  test("does not change the tally it is given", () => {
    const before = tallyOf([1]);
    observe(before, -1);
    expect(before).toEqual(tallyOf([1]));
  });
});

describe("pooling", () => {
  test("merging nodes is the same as one node having seen it all, in any order and grouping", () => {
    fc.assert(
      fc.property(fc.array(differences, { maxLength: 6 }), (nodes) => {
        const tallies = nodes.map(tallyOf);
        const together = tallyOf(nodes.flat());
        expect(merge(tallies)).toEqual(together);
        expect(merge(tallies.toReversed())).toEqual(together);
        expect(merge([merge(tallies.slice(0, 2)), merge(tallies.slice(2))])).toEqual(together);
      }),
    );
  });

  test("copies of the same probes average to one copy", () => {
    fc.assert(
      fc.property(differences, fc.constantFrom(1, 2, 4, 8), (probes, nodes) => {
        const copies = Array.from({ length: nodes }, () => tallyOf(probes));
        expect(average(copies)).toEqual(tallyOf(probes));
      }),
    );
  });

  test("nodes that disagree on the same probe average to a smaller difference", () => {
    expect(meanDifference(average([tallyOf([1]), tallyOf([0])]))).toBe(0.5);
    expect(sampleSize(average([tallyOf([1]), tallyOf([0]), tallyOf([-1])]))).toBe(1);
  });

  test("nothing pooled is nothing", () => {
    expect(merge([])).toEqual(NOTHING);
    expect(average([])).toEqual(NOTHING);
    expect(meanDifference(NOTHING)).toBeNull();
    expect(sampleSize(NOTHING)).toBe(0);
  });

  test("the mirror is the tally of the opposite differences", () => {
    fc.assert(fc.property(differences, (seen) => expect(mirror(tallyOf(seen))).toEqual(tallyOf(seen.map((d) => -d)))));
  });
});

describe("the encoded form", () => {
  test("reads back to the same tally, whatever was observed", () => {
    fc.assert(
      fc.property(fc.array(anyDifference, { maxLength: 60 }), (seen) => {
        const tally = tallyOf(seen);
        expect(decodeTally(encodeTally(tally))).toEqual(tally);
        expect(JSON.parse(JSON.stringify(tally))).toEqual(tally);
      }),
    );
  });

  test("has a bounded size, whatever was observed", () => {
    const anyCounts = fc.tuple(...POINTS.map(() => fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true })));
    fc.assert(fc.property(anyCounts, (counts) => encodeTally({ counts }).length <= MAX_ENCODED_LENGTH));
    expect(tallyOf(Array.from({ length: 500 }, (_, i) => Math.sin(i))).counts).toHaveLength(17);
  });

  test("nothing observed is an empty text", () => {
    expect(encodeTally(NOTHING)).toBe("");
    expect(decodeTally("")).toEqual(NOTHING);
  });

  test.each([
    ["a count below zero", "0:-1"],
    ["a count that is no number", "0:many"],
    ["a count that is not finite", "0:Infinity"],
    ["a count too large to be exact", "0:9007199254740993"],
    ["a hexadecimal count", "0:0x10"],
    ["a missing count", "0:"],
    ["a value that is no point", "0.3:4"],
    ["a value outside the range", "2:4"],
    ["a value given twice", "0:1 0:2"],
    ["values out of order", "1:1 0:2"],
    ["a count of zero", "0:0"],
    ["two blanks", "0:1  1:2"],
    ["a trailing blank", "0:1 "],
    ["a flood", "0:1 ".repeat(100_000)],
    ["a third part", "0:1:2"],
  ])("%s is refused", (_, text) => {
    expect(() => decodeTally(text)).toThrow(EvidenceRefused);
    expect(() => decodeTally(text)).toThrow(/^tally is ".{0,90}; expected counts by difference/);
  });

  test("any text is read or refused, and never read as something else", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0123456789.:- 1e") }), (text) => {
        try {
          expect(encodeTally(decodeTally(text))).toBe(text);
        } catch (error) {
          expect(error).toBeInstanceOf(EvidenceRefused);
        }
      }),
    );
  });
});
