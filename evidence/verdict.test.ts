import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { confidenceSequence } from "./sequence.ts";
import { NOTHING, POINTS, decodeTally, observe, type Tally } from "./tally.ts";
import { decide, measurementFailed, type PairedTest } from "./verdict.ts";

const usual: PairedTest = { margin: 0.05, alpha: 0.05, minSamples: 30, deadlinePassed: false };
const samples = fc
  .array(fc.constantFrom(...POINTS), { maxLength: 120 })
  .map((differences): Tally => differences.reduce(observe, NOTHING));
const margins = fc.double({ min: 0, max: 0.9, noNaN: true });

describe("decide", () => {
  test.each([
    {
      story: "nothing observed is no pass",
      tally: "",
      given: {},
      expected: { verdict: "Inconclusive", reason: "NoData", settled: false, n: 0, estimate: null },
    },
    {
      story: "nothing observed by the deadline is no pass either",
      tally: "",
      given: { deadlinePassed: true },
      expected: { verdict: "Inconclusive", reason: "NoData", settled: true },
    },
    {
      story: "an equal candidate passes once enough ties were seen",
      tally: "0:120",
      given: {},
      expected: { verdict: "Success", reason: "LowerBoundAboveLimit", settled: true, n: 120, estimate: 0 },
    },
    {
      story: "the same evidence is not enough below the minimum sample",
      tally: "0:120",
      given: { minSamples: 121 },
      expected: { verdict: "Inconclusive", reason: "TooFewSamples", settled: false },
    },
    {
      story: "ten ties do not show that a candidate is within five points",
      tally: "0:10",
      given: { minSamples: 1 },
      expected: { verdict: "Inconclusive", reason: "Collecting", settled: false },
    },
    {
      story: "undecided at the deadline stays undecided for good",
      tally: "0:40",
      given: { deadlinePassed: true },
      expected: { verdict: "Inconclusive", reason: "DeadlinePassed", settled: true },
    },
    {
      story: "the deadline does not take back a success",
      tally: "0:120",
      given: { deadlinePassed: true },
      expected: { verdict: "Success", settled: true },
    },
    {
      story: "a worse candidate fails",
      tally: "-1:40 0:60 1:2",
      given: {},
      expected: { verdict: "Failure", reason: "UpperBoundBelowLimit", settled: true, n: 102 },
    },
    {
      story: "a disastrous candidate fails below the minimum sample",
      tally: "-1:10",
      given: {},
      expected: { verdict: "Failure", n: 10, estimate: -1, lower: -1 },
    },
    {
      story: "a candidate that is better passes a margin of zero",
      tally: "0:30 1:30",
      given: { margin: 0 },
      expected: { verdict: "Success", limit: -0, estimate: 0.5 },
    },
    {
      story: "an equal candidate never passes a margin of zero",
      tally: "0:1000000",
      given: { margin: 0 },
      expected: { verdict: "Inconclusive", reason: "Collecting" },
    },
  ])("$story", ({ tally, given, expected }) => {
    expect(decide(decodeTally(tally), { ...usual, ...given })).toMatchObject(expected);
  });

  test("tells the value, the interval, n and the limit in one sentence", () => {
    expect(decide(decodeTally("-1:12 0:430 1:9"), usual).message).toBe(
      "the interval lies above the limit: estimate -0.0067, 90% interval [-0.0382, 0.0236], n 451, limit -0.05",
    );
    expect(decide(NOTHING, usual).message).toBe(
      "nothing was observed: no estimate, 90% interval [-1, 1], n 0, limit -0.05",
    );
  });

  test.each([
    ["margin", { margin: NaN }, "margin is NaN; expected a number from 0 to"],
    ["margin", { margin: -0.02 }, "margin is -0.02; expected a number from 0 to"],
    ["margin", { margin: 1 }, "margin is 1; expected a number from 0 to"],
    ["alpha", { alpha: 0 }, "alpha is 0; expected a number above 0 and below 0.5"],
    ["alpha", { alpha: 5 }, "alpha is 5; expected a number above 0 and below 0.5"],
    ["minSamples", { minSamples: 0 }, "minSamples is 0; expected a whole number from 1 to"],
    ["minSamples", { minSamples: 2.5 }, "minSamples is 2.5; expected a whole number from 1 to"],
  ])("refuses a wrong %s by name and value: %j", (field, given, message) => {
    expect(() => decide(NOTHING, { ...usual, ...given })).toThrow(expect.objectContaining({ field }));
    expect(() => decide(NOTHING, { ...usual, ...given })).toThrow(message);
  });

  test("never succeeds below the minimum sample", () => {
    fc.assert(
      fc.property(samples, margins, fc.integer({ min: 1, max: 200 }), (tally, margin, minSamples) => {
        const { verdict, n } = decide(tally, { ...usual, margin, minSamples });
        return verdict !== "Success" || n >= minSamples;
      }),
    );
  });

  test("a wider margin never takes a success away, a narrower one never a failure", () => {
    fc.assert(
      fc.property(samples, margins, margins, (tally, a, b) => {
        const narrow = decide(tally, { ...usual, minSamples: 1, margin: Math.min(a, b) });
        const wide = decide(tally, { ...usual, minSamples: 1, margin: Math.max(a, b) });
        if (narrow.verdict === "Success") expect(wide.verdict).toBe("Success");
        if (wide.verdict === "Failure") expect(narrow.verdict).toBe("Failure");
      }),
    );
  });

  test("says what the wealth says: Success needs K, Failure the mirror of K, at 1/alpha", () => {
    fc.assert(
      fc.property(samples, margins, (tally, margin) => {
        const { verdict, logWealth, logWealthAgainst } = decide(tally, { ...usual, minSamples: 1, margin });
        const enough = Math.log(20);
        fc.pre(Math.abs(logWealth - enough) > 1e-4 && Math.abs(logWealthAgainst - enough) > 1e-4);
        expect(verdict === "Success").toBe(logWealth > enough);
        expect(verdict === "Failure").toBe(logWealthAgainst > enough);
      }),
    );
  });

  test("reports the confidence sequence it decided by", () => {
    const tally = decodeTally("-1:3 0:60 1:1");
    expect(decide(tally, usual)).toMatchObject(confidenceSequence(tally, usual.alpha));
  });

  test("its answer is plain JSON", () => {
    for (const text of ["", "-1:3 0:60 1:1", "1:30"]) {
      const decision = decide(decodeTally(text), usual);
      expect(JSON.parse(JSON.stringify(decision))).toEqual(decision);
    }
  });
});

test("a metric that could not be measured is an error, no pass and no failure", () => {
  expect(measurementFailed("probes.csv: digest differs", -0.05, 0.05, usual)).toEqual({
    n: 0,
    estimate: null,
    lower: -1,
    upper: 1,
    verdict: "Error",
    reason: "MeasurementFailed",
    message: "the metric could not be measured: probes.csv: digest differs",
    settled: false,
    limit: -0.05,
    alpha: 0.05,
  });
});
