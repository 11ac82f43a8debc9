import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { logWealthAbove, logWealthBelow } from "./betting.ts";
import { confidenceSequence } from "./sequence.ts";
import { NOTHING, POINTS, merge, mirror, observe, type Tally } from "./tally.ts";

type Row = {
  counts: [number, number][];
  alpha: number;
  lower: number;
  upper: number;
  logWealthAbove: Record<string, number>;
  logWealthBelow: Record<string, number>;
  grid?: { lower: number; upper: number; step: number };
};
const { intervals } = JSON.parse(readFileSync(new URL("oracle/values.json", import.meta.url), "utf8")) as {
  intervals: Row[];
};

const tallyOf = (differences: readonly number[]): Tally => differences.reduce(observe, NOTHING);
const tallyFrom = (counts: readonly [number, number][]): Tally => ({
  counts: POINTS.map((value) => counts.find(([difference]) => difference === value)?.[1] ?? 0),
});
const samples = fc.array(fc.constantFrom(...POINTS), { minLength: 1, maxLength: 80 }).map(tallyOf);
const alphas = fc.double({ min: 0.001, max: 0.4, noNaN: true });

describe.each(intervals)("$counts at alpha $alpha", ({ counts, alpha, lower, upper, grid, ...wealth }) => {
  const tally = tallyFrom(counts);
  const interval = confidenceSequence(tally, alpha);

  test("has the bounds of a root finder on 60 digits, and errs to the safe side", () => {
    expect(interval.lower).toBeLessThanOrEqual(lower + 1e-9);
    expect(interval.lower).toBeGreaterThan(lower - 3e-7);
    expect(interval.upper).toBeGreaterThanOrEqual(upper - 1e-9);
    expect(interval.upper).toBeLessThan(upper + 3e-7);
  });

  test("has the wealth of 60 digits", () => {
    for (const [mean, value] of Object.entries(wealth.logWealthAbove)) {
      expect(logWealthAbove(tally, Number(mean)) / value).toBeCloseTo(1, 9);
    }
    for (const [mean, value] of Object.entries(wealth.logWealthBelow)) {
      expect(logWealthBelow(tally, Number(mean)) / value).toBeCloseTo(1, 9);
    }
  });

  test("is within the grid that confseq finds", () => {
    if (grid === undefined) return;
    expect(interval.lower).toBeGreaterThanOrEqual(grid.lower - 1e-9);
    expect(interval.lower).toBeLessThanOrEqual(grid.lower + 2 * grid.step);
    expect(interval.upper).toBeLessThanOrEqual(grid.upper + 1e-9);
    expect(interval.upper).toBeGreaterThanOrEqual(grid.upper - 2 * grid.step);
  });
});

test("nothing observed could be anything", () => {
  expect(confidenceSequence(NOTHING, 0.05)).toEqual({ n: 0, estimate: null, lower: -1, upper: 1 });
});

test("contains the estimate", () => {
  fc.assert(
    fc.property(samples, alphas, (tally, alpha) => {
      const { estimate, lower, upper } = confidenceSequence(tally, alpha);
      expect(lower).toBeLessThanOrEqual(estimate!);
      expect(upper).toBeGreaterThanOrEqual(estimate!);
    }),
  );
});

test("turns round with the sample", () => {
  fc.assert(
    fc.property(samples, alphas, (tally, alpha) => {
      const { lower, upper } = confidenceSequence(tally, alpha);
      const turned = confidenceSequence(mirror(tally), alpha);
      expect([turned.lower, turned.upper]).toEqual([-upper, -lower]);
    }),
  );
});

test("is wider the fewer errors it may make, and narrower the more often the same was seen", () => {
  fc.assert(
    fc.property(samples, alphas, (tally, alpha) => {
      const { lower, upper } = confidenceSequence(tally, alpha);
      const surer = confidenceSequence(tally, alpha / 2);
      const larger = confidenceSequence(merge([tally, tally]), alpha);
      expect(surer.lower).toBeLessThanOrEqual(lower);
      expect(surer.upper).toBeGreaterThanOrEqual(upper);
      expect(larger.lower).toBeGreaterThanOrEqual(lower - 1e-6);
      expect(larger.upper).toBeLessThanOrEqual(upper + 1e-6);
    }),
  );
});

test("is the test turned round: what it excludes was rejected, what it contains was not", () => {
  fc.assert(
    fc.property(samples, alphas, fc.double({ min: -0.95, max: 0.95, noNaN: true }), (tally, alpha, mean) => {
      const { lower } = confidenceSequence(tally, alpha);
      const enough = -Math.log(alpha);
      if (mean <= lower) expect(logWealthAbove(tally, mean)).toBeGreaterThanOrEqual(enough - 1e-9);
      if (mean > lower + 1e-6) expect(logWealthAbove(tally, mean)).toBeLessThan(enough);
    }),
  );
});

test.each([0, 0.5, -0.05, NaN, 1])("an alpha of %p is refused", (alpha) => {
  expect(() => confidenceSequence(NOTHING, alpha)).toThrow(
    `alpha is ${alpha}; expected a number above 0 and below 0.5`,
  );
});
