import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  allot,
  combine,
  decideFamily,
  type Finding,
  type Measurement,
  type MetricPlan,
  type Role,
  type SubgroupPlan,
} from "./family.ts";
import { decideFloor } from "./floor.ts";
import type { MetricEvidence } from "./metric.ts";
import { decodeTally } from "./tally.ts";
import { decide, type Verdict } from "./verdict.ts";

const metric = (name: string, more: Partial<MetricPlan> = {}): MetricPlan => ({
  metric: name,
  role: "Required",
  margin: 0.05,
  minSamples: 30,
  ...more,
});
const seen = (overall: string, subgroups: Record<string, string> = {}): MetricEvidence => ({
  overall: decodeTally(overall),
  subgroups: new Map(Object.entries(subgroups).map(([label, text]) => [label, decodeTally(text)])),
});
const quiet = { deadlinePassed: false, hardFailures: [] };
const [good, bad, thin] = ["0:300", "-1:80 0:100", "0:12"];

describe("the verdict on a family", () => {
  const plan = {
    alpha: 0.05,
    metrics: [metric("identity"), metric("expression"), metric("agreement", { role: "Reported" })],
  };
  test.each([
    ["all required succeed", { identity: good, expression: good }, "Success", "AllPassed"],
    ["one required fails", { identity: good, expression: bad }, "Failure", "MetricFailed"],
    ["one required has too few units", { identity: good, expression: thin }, "Inconclusive", "Undecided"],
    ["one required was not seen at all", { identity: good }, "Inconclusive", "Undecided"],
    ["nothing was seen", {}, "Inconclusive", "Undecided"],
    ["only a reported metric fails", { identity: good, expression: good, agreement: bad }, "Success", "AllPassed"],
    ["a failure beats what is open", { identity: bad }, "Failure", "MetricFailed"],
    [
      "a metric that is in no plan decides nothing",
      { identity: good, expression: good, other: bad },
      "Success",
      "AllPassed",
    ],
  ])("%s", (_, evidence, verdict, reason) => {
    const measured = new Map(Object.entries(evidence).map(([name, tally]) => [name, seen(tally)]));
    expect(decideFamily(plan, measured, quiet)).toMatchObject({ verdict, reason });
  });

  test("a metric that could not be measured is an Error, but a failure elsewhere is a Failure all the same", () => {
    const error = { error: "the probes do not decode" };
    const measured = new Map([["identity", error]]);
    expect(decideFamily(plan, measured, quiet)).toMatchObject({ verdict: "Error", settled: false });
    const both = new Map<string, Measurement>([
      ["identity", error],
      ["expression", seen(bad)],
    ]);
    expect(decideFamily(plan, both, quiet)).toMatchObject({ verdict: "Failure", settled: true });
  });

  test("a hard failure ends the matter, whatever the statistics say, and says why", () => {
    const measured = new Map([
      ["identity", seen(good)],
      ["expression", seen(good)],
    ]);
    const hardFailures = [{ check: "latency", message: "p95 31 ms, at most 20 ms" }];
    expect(decideFamily(plan, measured, { deadlinePassed: false, hardFailures })).toMatchObject({
      verdict: "Failure",
      reason: "HardFailure",
      message: "latency: p95 31 ms, at most 20 ms",
    });
  });

  test("the deadline settles what is open", () => {
    const measured = new Map([["identity", seen(good)]]);
    expect(decideFamily(plan, measured, quiet).settled).toBe(false);
    expect(decideFamily(plan, measured, { ...quiet, deadlinePassed: true })).toMatchObject({
      verdict: "Inconclusive",
      settled: true,
    });
  });

  test("the message names the metric that decided", () => {
    const measured = new Map([
      ["identity", seen(good)],
      ["expression", seen(bad)],
    ]);
    expect(decideFamily(plan, measured, quiet).message).toMatch(/^expression: the interval lies below the limit: /);
  });
});

describe("subgroups", () => {
  const subgroups: SubgroupPlan = { role: "Veto", margin: 0.1, minSamples: 20, share: 0.2, limit: 4 };
  const verdictOf = (
    change: Partial<SubgroupPlan>,
    seenBy: Record<string, string>,
    role: Role = "Required",
  ): Verdict => {
    const metrics = [metric("identity", { role, subgroups: { ...subgroups, ...change } }), metric("expression")];
    const measured = new Map([
      ["identity", seen("0:900", seenBy)],
      ["expression", seen(good)],
    ]);
    return decideFamily({ alpha: 0.05, metrics }, measured, quiet).verdict;
  };

  test.each<[string, Partial<SubgroupPlan>, Record<string, string>, Verdict]>([
    ["a good mean does not hide a bad corner", {}, { dark: "-1:30 0:30" }, "Failure"],
    ["a bad corner is not judged below its minimum", { minSamples: 61 }, { dark: "-1:30 0:30" }, "Success"],
    ["a veto need not succeed", {}, { dark: "0:25" }, "Success"],
    ["a required corner must", { role: "Required" }, { dark: "0:25" }, "Inconclusive"],
    ["a required corner that does", { role: "Required" }, { dark: "0:250" }, "Success"],
    ["more corners than the budget was split over", { limit: 1 }, { dark: "0:25", door: "0:25" }, "Error"],
    ["no corner at all", {}, {}, "Success"],
  ])("%s", (_, change, seenBy, verdict) => {
    expect(verdictOf(change, seenBy)).toBe(verdict);
  });

  test("of a reported metric are reported", () => {
    expect(verdictOf({}, { dark: "-1:30 0:30" }, "Reported")).toBe("Success");
  });

  test("are named in the findings, with their own limit and share of the budget", () => {
    const plan = { alpha: 0.05, metrics: [metric("identity", { subgroups })] };
    const { findings, message } = decideFamily(plan, new Map([["identity", seen(good, { dark: bad })]]), quiet);
    expect(findings.map(({ subgroup, role, decision }) => ({ subgroup, role, limit: decision.limit }))).toEqual([
      { subgroup: undefined, role: "Required", limit: -0.05 },
      { subgroup: "dark", role: "Veto", limit: -0.1 },
    ]);
    expect(findings[0]!.decision.alpha).toBeCloseTo(0.04, 12);
    expect(findings[1]!.decision.alpha).toBeCloseTo(0.0025, 12);
    expect(message).toMatch(/^identity\/dark: /);
  });

  test.each([
    [{ share: 0 }, "identity.subgroups.share is 0"],
    [{ share: 1 }, "identity.subgroups.share is 1"],
    [{ limit: 0 }, "identity.subgroups.limit is 0"],
    [{ margin: -1 }, "margin is -1"],
  ])("refuse %j by name and value", (change, message) => {
    expect(() => verdictOf(change, { dark: good })).toThrow(message);
  });
});

describe("the error budget", () => {
  const named = (roles: readonly Role[], weights: readonly number[] = []): MetricPlan[] =>
    roles.map((role, i) => metric(`m${i}`, { role, weight: weights[i] ?? 1 }));

  test.each<[string, MetricPlan[], number[]]>([
    ["one metric has it all", named(["Required"]), [0.06]],
    ["two share it", named(["Required", "Required"]), [0.03, 0.03]],
    ["a veto has a share, a report is free", named(["Required", "Veto", "Reported"]), [0.03, 0.03, 0.06]],
    ["weights divide it", named(["Required", "Required"], [2, 1]), [0.04, 0.02]],
  ])("%s", (_, metrics, expected) => {
    [...allot(0.06, metrics).values()].forEach((share, i) => expect(share).toBeCloseTo(expected[i]!, 12));
  });

  test("is spent exactly by the metrics that decide", () => {
    const anyPlan = fc.array(
      fc.tuple(fc.constantFrom<Role>("Required", "Veto", "Reported"), fc.integer({ min: 1, max: 9 })),
    );
    fc.assert(
      fc.property(anyPlan, fc.double({ min: 0.001, max: 0.49, noNaN: true }), (rows, alpha) => {
        const metrics = named(["Required", ...rows.map(([role]) => role)], [1, ...rows.map(([, weight]) => weight)]);
        const shares = allot(alpha, metrics);
        const spent = metrics.reduce((sum, { metric: m, role }) => sum + (role === "Reported" ? 0 : shares.get(m)!), 0);
        expect(spent).toBeCloseTo(alpha, 12);
      }),
    );
  });

  test.each<[string, MetricPlan[], string]>([
    ["no metric", [], 'metrics is ""; expected at least one required metric'],
    ["no required metric", named(["Veto", "Reported"]), 'metrics is "m0"; expected at least one required metric'],
    ["a metric twice", [metric("a"), metric("a")], 'metrics is "a"; expected every metric once'],
    ["a weight of zero", [metric("a", { weight: 0 })], "a.weight is 0; expected a number above 0"],
    ["a weight without end", [metric("a", { weight: Infinity })], "a.weight is Infinity; expected a number above 0"],
  ])("refuses %s", (_, metrics, message) => {
    expect(() => allot(0.05, metrics)).toThrow(message);
  });
});

describe("combine", () => {
  const patience = { alpha: 0.05, minSamples: 30, deadlinePassed: true };
  const floor: Finding = {
    metric: "accuracy",
    role: "Required",
    decision: decideFloor({ successes: 97, trials: 100 }, { ...patience, floor: 0.9 }),
  };
  const paired: Finding = {
    metric: "identity",
    role: "Required",
    decision: decide(decodeTally(good), { ...patience, margin: 0.05 }),
  };

  test("judges floors and paired tests of an offline gate together", () => {
    expect(combine([floor, paired], []).verdict).toBe("Success");
    expect(combine([floor, paired], [{ check: "memory", message: "too much" }]).verdict).toBe("Failure");
  });

  test("without any required finding is no pass", () => {
    expect(combine([], [])).toMatchObject({ verdict: "Inconclusive", message: "nothing was required" });
    expect(combine([{ ...floor, role: "Reported" }], []).verdict).toBe("Inconclusive");
  });
});
