import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { binomialTail, logChoose } from "./binomial.ts";
import { clopperPearson, decideFloor, decideScoreFloor, observeScore, scoreSequence } from "./floor.ts";
import { NOTHING, type Tally } from "./tally.ts";

type Proportion = { successes: number; trials: number; alpha: number; lower: number; upper: number };
type TailRow = { n: number; k: number; p: number; tail: number };
const oracle = JSON.parse(readFileSync(new URL("oracle/values.json", import.meta.url), "utf8")) as {
  proportions: Proportion[];
  tails: TailRow[];
};

const usual = { floor: 0.9, alpha: 0.05, minSamples: 30, deadlinePassed: true };
const scoresOf = (scores: readonly number[]): Tally => scores.reduce(observeScore, NOTHING);

describe("binomial tails", () => {
  test.each(oracle.tails)("P(X >= $k) of $n at $p agrees with scipy", ({ n, k, p, tail }) => {
    expect(binomialTail(n, k, p) / tail).toBeCloseTo(1, 9);
  });

  test("of three fair coins at least two fall heads half of the time", () => {
    expect(binomialTail(3, 2, 0.5)).toBeCloseTo(0.5, 12);
    expect(Math.exp(logChoose(5, 2))).toBeCloseTo(10, 12);
  });

  test("certain and impossible success", () => {
    expect([binomialTail(5, 5, 1), binomialTail(5, 1, 0), binomialTail(5, 0, 0)]).toEqual([1, 0, 1]);
  });
});

describe("Clopper-Pearson", () => {
  test.each(oracle.proportions)("$successes of $trials at $alpha agrees with scipy's beta quantiles", (row) => {
    const { lower, upper } = clopperPearson(row, row.alpha);
    expect(lower).toBeCloseTo(row.lower, 9);
    expect(upper).toBeCloseTo(row.upper, 9);
  });

  test("all of n right has the lower bound alpha^(1/n)", () => {
    expect(clopperPearson({ successes: 20, trials: 20 }, 0.05).lower).toBeCloseTo(0.05 ** (1 / 20), 9);
  });

  test("its error is at most alpha, whatever the true probability", () => {
    const [trials, alpha] = [60, 0.05];
    const lowers = Array.from({ length: trials + 1 }, (_, k) => clopperPearson({ successes: k, trials }, alpha).lower);
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), (p) => {
        const fewest = lowers.findIndex((lower) => lower > p);
        return fewest === -1 || binomialTail(trials, fewest, p) <= alpha + 1e-9;
      }),
    );
  });

  test.each([
    [{ successes: 5, trials: 4 }, "successes is 5; expected a whole number from 0 to 4"],
    [{ successes: 1.5, trials: 4 }, "successes is 1.5"],
    [{ successes: 0, trials: NaN }, "trials is NaN"],
    [{ successes: 0, trials: -1 }, "trials is -1"],
  ])("refuses %j", (outcomes, message) => {
    expect(() => clopperPearson(outcomes, 0.05)).toThrow(message);
  });
});

describe("a floor on a fixed set of pictures", () => {
  test.each([
    { story: "97 of 100 reach a floor of 0.9", outcomes: [97, 100], expected: ["Success", "LowerBoundAboveLimit"] },
    { story: "93 of 100 may be luck", outcomes: [93, 100], expected: ["Inconclusive", "DeadlinePassed"] },
    {
      story: "93 of 100 exactly is luck no longer at 930 of 1,000",
      outcomes: [930, 1000],
      expected: ["Success", "LowerBoundAboveLimit"],
    },
    { story: "80 of 100 miss it", outcomes: [80, 100], expected: ["Failure", "UpperBoundBelowLimit"] },
    { story: "29 of 29 are too few", outcomes: [29, 29], expected: ["Inconclusive", "TooFewSamples"] },
    { story: "no pictures are no pass", outcomes: [0, 0], expected: ["Inconclusive", "NoData"] },
  ])("$story", ({ outcomes: [successes = 0, trials = 0], expected }) => {
    const { verdict, reason } = decideFloor({ successes, trials }, usual);
    expect([verdict, reason]).toEqual(expected);
  });

  test.each([1, -0.1, NaN])("a floor of %p is refused", (floor) => {
    expect(() => decideFloor({ successes: 1, trials: 1 }, { ...usual, floor })).toThrow(`floor is ${floor}`);
  });
});

describe("a floor on a stream of scores", () => {
  test("a perfect stream passes 0.9 after the number of units that betting by hand needs", () => {
    const wealth = (n: number): number =>
      Array.from({ length: 25 }, (_, k) => (1 + (0.02 + 0.04 * k) * (0.1 / 0.9)) ** n).reduce((a, b) => a + b) / 25;
    const needed = Array.from({ length: 100 }, (_, n) => n).find((n) => wealth(n) >= 20)!;
    const verdictAfter = (n: number): string =>
      decideScoreFloor(scoresOf(Array.from({ length: n }, () => 1)), { ...usual, minSamples: 1 }).verdict;
    expect([verdictAfter(needed - 1), verdictAfter(needed)]).toEqual(["Inconclusive", "Success"]);
  });

  test("a stream at 0.6 misses 0.9, and its interval is in [0, 1] around the mean", () => {
    const scores = scoresOf(Array.from({ length: 200 }, (_, i) => (i % 5 < 3 ? 1 : 0)));
    expect(decideScoreFloor(scores, usual)).toMatchObject({ verdict: "Failure", estimate: 0.6, limit: 0.9 });
  });

  test("scores need not be right or wrong", () => {
    const { estimate, lower, upper } = scoreSequence(scoresOf([0.5, 0.75, 1, 0.25]), 0.05);
    expect(estimate).toBeCloseTo(0.625, 12);
    expect(0 <= lower && lower < 0.625 && 0.625 < upper && upper <= 1).toBe(true);
  });

  test("nothing observed is no pass", () => {
    expect(decideScoreFloor(NOTHING, usual)).toMatchObject({ reason: "NoData", estimate: null, lower: 0, upper: 1 });
  });

  test.each([-0.1, 1.1, NaN])("a score of %p is refused", (score) => {
    expect(() => observeScore(NOTHING, score)).toThrow(`score is ${score}; expected a number from 0 to 1`);
  });
});
