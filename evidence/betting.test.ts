import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { BETS, logWealthAbove, logWealthBelow } from "./betting.ts";
import { NOTHING, POINTS, mirror, observe, type Tally } from "./tally.ts";

type Path = { shape: string; mean: number; differences: number[]; above: number[]; below: number[] };
const oracle = JSON.parse(readFileSync(new URL("oracle/values.json", import.meta.url), "utf8")) as { paths: Path[] };

const tallyOf = (differences: readonly number[]): Tally => differences.reduce(observe, NOTHING);
const point = fc.constantFrom(...POINTS);
const tallies = fc.array(point, { maxLength: 80 }).map(tallyOf);
const means = fc.double({ min: -0.95, max: 0.95, noNaN: true });

test("the bets are 25 fractions from 0.02 to 0.98", () => {
  expect(BETS).toHaveLength(25);
  expect(BETS[0]).toBe(0.02);
  expect(BETS[24]).toBeCloseTo(0.98, 12);
});

describe("wealth by hand: the bets have mean 1/2 and mean square 0.3332", () => {
  test.each([
    { story: "nothing observed is the stake itself", differences: [], mean: 0, wealth: 1 },
    { story: "a win at mean 0 pays 1 + c", differences: [1], mean: 0, wealth: 1.5 },
    { story: "a loss at mean 0 leaves 1 - c", differences: [-1], mean: 0, wealth: 0.5 },
    { story: "a tie at mean 0 changes nothing", differences: [0], mean: 0, wealth: 1 },
    { story: "a tie under a margin of 1/2 pays 1 + c (1/2)/(1/2)", differences: [0], mean: -0.5, wealth: 1.5 },
    { story: "two wins pay (1 + c)^2 = 1 + 2c + c^2", differences: [1, 1], mean: 0, wealth: 2.3332 },
    { story: "a win and a loss leave 1 - c^2", differences: [1, -1], mean: 0, wealth: 0.6668 },
  ])("$story", ({ differences, mean, wealth }) => {
    expect(Math.exp(logWealthAbove(tallyOf(differences), mean))).toBeCloseTo(wealth, 12);
    expect(Math.exp(logWealthBelow(mirror(tallyOf(differences)), -mean))).toBeCloseTo(wealth, 12);
  });
});

describe("against confseq, the paper's own library", () => {
  test.each(oracle.paths.filter(({ shape }) => shape !== "any value"))(
    "the wealth after each of 40 differences agrees: $shape, mean $mean",
    ({ mean, differences, above, below }) => {
      let tally = NOTHING;
      differences.forEach((difference, i) => {
        tally = observe(tally, difference);
        expect(logWealthAbove(tally, mean)).toBeCloseTo(Math.log(above[i]!), 9);
        expect(logWealthBelow(tally, mean)).toBeCloseTo(Math.log(below[i]!), 9);
      });
    },
  );

  test.each(oracle.paths.filter(({ shape }) => shape === "any value"))(
    "differences between the points never earn more than they would by themselves: mean $mean",
    ({ mean, differences, above, below }) => {
      let tally = NOTHING;
      differences.forEach((difference, i) => {
        tally = observe(tally, difference);
        const [kept, own] = [logWealthAbove(tally, mean), Math.log(above[i]!)];
        expect(kept).toBeLessThanOrEqual(own + 1e-12);
        expect(kept).toBeGreaterThan(own - 0.01 * (i + 1));
        expect(logWealthBelow(tally, mean)).toBeLessThanOrEqual(Math.log(below[i]!) + 1e-12);
      });
    },
  );
});

describe("what makes it a test", () => {
  test("whatever happened before, and however the next difference is spread, H0 gains nothing on average", () => {
    const spread = fc
      .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 17, maxLength: 17 })
      .filter((weights) => weights.some((weight) => weight > 0.01));
    fc.assert(
      fc.property(tallies, spread, (tally, weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const mean = weights.reduce((sum, weight, k) => sum + weight * POINTS[k]!, 0) / total;
        fc.pre(Math.abs(mean) < 0.99);
        const next = (wealth: (tally: Tally) => number): number =>
          weights.reduce((sum, weight, k) => sum + weight * Math.exp(wealth(observe(tally, POINTS[k]!))), 0) / total;
        const gain = (wealth: (tally: Tally) => number): number => next(wealth) / Math.exp(wealth(tally));
        expect(gain((t) => logWealthAbove(t, mean))).toBeCloseTo(1, 9);
        expect(gain((t) => logWealthBelow(t, mean))).toBeCloseTo(1, 9);
      }),
    );
  });

  test("wealth is never negative, lost or infinite: its logarithm is finite for a million losses", () => {
    const million: Tally = { counts: POINTS.map((value) => (value === -1 ? 1e6 : 0)) };
    expect(logWealthAbove(million, 0)).toBeCloseTo(1e6 * Math.log(0.98) - Math.log(25), 3);
    expect(logWealthBelow(million, 0)).toBeCloseTo(1e6 * Math.log(1.98) - Math.log(25), 3);
    fc.assert(fc.property(tallies, means, (tally, mean) => Number.isFinite(logWealthAbove(tally, mean))));
  });

  test("a wider margin is never harder to pass and never easier to fail", () => {
    fc.assert(
      fc.property(tallies, means, means, (tally, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(logWealthAbove(tally, low)).toBeGreaterThanOrEqual(logWealthAbove(tally, high) - 1e-9);
        expect(logWealthBelow(tally, low)).toBeLessThanOrEqual(logWealthBelow(tally, high) + 1e-9);
      }),
    );
  });

  test.each([-1, 1, NaN, -2])("a mean of %p is refused", (mean) => {
    expect(() => logWealthAbove(NOTHING, mean)).toThrow(`mean is ${mean}; expected a number above -1 and below 1`);
  });
});
