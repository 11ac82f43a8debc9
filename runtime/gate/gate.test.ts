import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { OfflineCheck } from "../../crds/gates.ts";
import { Measurement } from "../../crds/shared.ts";
import { decimalOf, parseCeiling } from "./bound.ts";
import { judgeGate } from "./judge.ts";
import { genuinePairs, impostorPairs } from "./metrics/pairs.ts";
import { metricRules } from "./metrics/table.ts";
import type { Evaluation, PictureResult } from "./result.ts";

/**
 * People on a line, a person's pictures close together: everything is recognized unless a test breaks it. Pictures are
 * person by person; expressions take turns.
 */
function perfect(people = 20, pictures = 10): Evaluation {
  const results = Array.from({ length: people * pictures }, (_, k): PictureResult => {
    const person = Math.floor(k / pictures);
    const expression = ["happy", "sad"][k % 2]!;
    return {
      identity: `p-${person}`,
      expression,
      subgroup: person % 2 === 0 ? "light" : "dark",
      found: true,
      embedding: Float32Array.of(10 * person + (k % pictures) / 100),
      seenExpression: expression,
      milliseconds: 1 + k,
    };
  });
  return { results, distance: "L2", labels: ["happy", "sad"], memoryBytes: 5e8, parity: [1, 0.99, 1] };
}

/** An evaluation in which some pictures came out otherwise. */
function broken(
  which: (result: PictureResult, k: number) => boolean,
  change: Partial<PictureResult>,
  whole = perfect(),
) {
  return {
    ...whole,
    results: whole.results.map((result, k) => (which(result, k) ? { ...result, ...change } : result)),
  };
}

const unseen = { found: false, embedding: undefined, seenExpression: undefined } as unknown as Partial<PictureResult>;

function check(metric: OfflineCheck["metric"], changes: Partial<OfflineCheck> = {}): OfflineCheck {
  return { metric, worstSubgroup: false, ...changes };
}

function judge(checks: OfflineCheck[], candidate: Evaluation, champion?: Evaluation) {
  const decision = judgeGate({ checks, alpha: 0.05 }, { candidate, ...(champion && { champion }) });
  for (const measurement of decision.measurements) expect(Measurement.safeParse(measurement).error).toBeUndefined();
  return decision;
}

/** The one measurement of a gate with one floor. */
function measure(metric: OfflineCheck["metric"], evaluation: Evaluation, changes: Partial<OfflineCheck> = {}) {
  const { measurements } = judge([check(metric, { atLeast: "0.5", ...changes })], evaluation);
  return measurements[0]!;
}

const rates = [
  "DetectionRate",
  "VerificationAccuracy",
  "TrueAcceptRate",
  "RankOne",
  "ExpressionWAR",
  "ExpressionUAR",
] as const;

describe.each(rates)("%s", (metric) => {
  test("is 1 when everything is right", () => {
    expect(measure(metric, perfect())).toMatchObject({ value: "1", verdict: "Success", upper: "1" });
  });

  test("is 0 when no face is found", () => {
    expect(
      measure(
        metric,
        broken(() => true, unseen),
      ),
    ).toMatchObject({ value: "0", verdict: "Failure" });
  });

  test("pairs up units by labels alone, whatever the networks saw", () => {
    const rule = metricRules[metric];
    if (rule.type !== "Rate") throw new Error(`${metric} is no rate`);
    const options = { falseAcceptRate: 0.01 };
    const [all, half] = [
      rule.measure(perfect(), options),
      rule.measure(
        broken((_, k) => k % 3 === 0, unseen),
        options,
      ),
    ];
    if ("problem" in all || "problem" in half) throw new Error("not measurable");
    expect(half.units.map(({ subgroup }) => subgroup)).toEqual(all.units.map(({ subgroup }) => subgroup));
  });
});

describe("a rate", () => {
  const lost = (k: number) => broken((_, place) => place < k, unseen);

  test.each([
    ["DetectionRate", 200, "0.95"],
    ["RankOne", 200, "0.95"],
    ["ExpressionWAR", 200, "0.95"],
    ["ExpressionUAR", 100, "0.95"],
    // The ten pictures of one person: five of 100 genuine pairs, and ten of 100 pairs of two people.
    ["TrueAcceptRate", 100, "0.95"],
    ["VerificationAccuracy", 200, "0.925"],
  ] as const)("%s counts %i units, of which those of ten lost pictures are wrong", (metric, n, value) => {
    expect(measure(metric, lost(10))).toMatchObject({ value, n });
  });

  test("counts a picture that is closest to another person's as wrong", () => {
    const swapped = broken((_, k) => k === 0, { embedding: Float32Array.of(99.9) });
    expect(measure("RankOne", swapped)).toMatchObject({ value: "0.995" });
  });

  test("accepts no more pairs of two people than the false accept rate allows", () => {
    // Everyone at one place but for the first person: every pair of two others would be accepted with a genuine one.
    const crowded = broken((result) => result.identity !== "p-0", { embedding: Float32Array.of(500) });
    expect(measure("TrueAcceptRate", crowded)).toMatchObject({ value: "0" });
  });

  test("weighs classes, not pictures, in UAR", () => {
    const whole = perfect();
    const rare = { ...whole, results: whole.results.filter(({ expression }, k) => expression === "happy" || k < 20) };
    const wrong = broken(({ expression }) => expression === "sad", { seenExpression: "happy" }, rare);
    expect(measure("ExpressionUAR", wrong)).toMatchObject({ value: "0.5", n: 10 });
    expect(Number(measure("ExpressionWAR", wrong).value)).toBeCloseTo(100 / 110, 5);
  });

  test("takes the time and the worst of all", () => {
    const costs = ["LatencyP50", "LatencyP95", "LatencyP99"] as const;
    const values = costs.map((metric) => measure(metric, perfect(), { atMost: "1s" }).value);
    expect(values).toEqual(["100", "190", "198"]);
    expect(measure("Memory", perfect(), { atMost: "600Mi" })).toMatchObject({ value: "500000000", verdict: "Success" });
    expect(measure("OutputParity", perfect(), { atLeast: "0.995" })).toMatchObject({
      value: "0.99",
      verdict: "Failure",
    });
  });
});

describe("what cannot be measured is an error that says why", () => {
  const whole = perfect();
  const { distance: _d, ...noEmbedding } = whole;
  const { labels: _l, ...noExpression } = whole;
  const unlabelled = { ...whole, results: whole.results.map(({ found, milliseconds }) => ({ found, milliseconds })) };

  test.each<[string, OfflineCheck["metric"], Evaluation, string]>([
    ["nobody is recognized", "RankOne", noEmbedding, "no network has an output of role Embedding"],
    ["nobody is labelled", "TrueAcceptRate", unlabelled, "two people or more"],
    ["there is one picture each", "RankOne", perfect(20, 1), "two pictures or more each"],
    ["there is one person", "VerificationAccuracy", perfect(1, 100), "two people or more"],
    ["there are few pairs", "VerificationAccuracy", perfect(3, 4), "6 independent pairs of each kind: 10 are needed"],
    ["no expressions are read", "ExpressionWAR", noExpression, "no network has an output of role Expression"],
    ["no expressions are labelled", "ExpressionUAR", unlabelled, "no picture of the dataset is labelled"],
    [
      "words differ",
      "ExpressionWAR",
      { ...whole, labels: ["glad", "sad"] },
      "happy is not among the network's labels glad, sad",
    ],
    ["there is no parity", "OutputParity", { ...whole, parity: [] }, "nothing was measured"],
    ["there are no pictures", "DetectionRate", { ...whole, results: [] }, "the dataset gives nothing"],
  ])("%s", (_, metric, evaluation, message) => {
    const { verdict, measurements } = judge([check(metric, { atLeast: "0.5" })], evaluation);
    expect(verdict).toBe("Error");
    expect(measurements[0]).toMatchObject({ n: 0, verdict: "Error", message: expect.stringContaining(message) });
  });

  test("a false accept rate that the set is too small for", () => {
    expect(measure("TrueAcceptRate", perfect(3, 2), { falseAcceptRate: "0.01" })).toMatchObject({
      message: "falseAcceptRate 0.01 needs 100 pairs of two people, not 12",
    });
  });
});

describe("a floor", () => {
  test("holds where the value reaches it exactly", () => {
    const evaluation = broken((_, k) => k < 10, unseen);
    expect(measure("DetectionRate", evaluation, { atLeast: "0.95" }).verdict).toBe("Success");
    const failed = measure("DetectionRate", evaluation, { atLeast: "0.951" });
    expect(failed).toMatchObject({ verdict: "Failure", message: "0.95 on 200, wanted at least 0.951" });
    expect(Number(failed.lower)).toBeLessThan(0.95);
    expect(Number(failed.upper)).toBeGreaterThan(0.95);
  });

  test.each(["DetectionRate", "RankOne", "ExpressionUAR"] as const)("of %s holds every subgroup", (metric) => {
    const dark = broken(({ subgroup }, k) => subgroup === "dark" && k % 4 < 2, unseen);
    const { verdict, measurements } = judge([check(metric, { atLeast: "0.7", worstSubgroup: true })], dark);
    expect(verdict).toBe("Failure");
    expect(measurements.map(({ subgroup, verdict }) => [subgroup, verdict])).toEqual([
      ["dark", "Failure"],
      [undefined, "Success"],
    ]);
  });
});

describe("a margin", () => {
  const margin = [check("RankOne", { margin: "0.05" })];
  const lost = (share: number) => broken((_, k) => k % 200 < 200 * share, unseen);

  test.each([
    ["equal engines", perfect(), "Success"],
    ["engines that are much worse", lost(0.3), "Failure"],
  ])("of %s is decided by the evidence", (_, candidate, verdict) => {
    const { measurements } = judge(margin, candidate, perfect());
    expect(measurements).toEqual([expect.objectContaining({ metric: "RankOne", bound: "-0.05", n: 200, verdict })]);
  });

  test("that is not shown does not pass, and says what would decide", () => {
    const { verdict, measurements, message } = judge(margin, perfect(5, 4), perfect(5, 4));
    expect(verdict).toBe("Failure");
    expect(measurements[0]!.verdict).toBe("Inconclusive");
    expect(message).toContain("more pictures or a wider margin would decide");
  });

  test("holds without a champion, and where the champion does not do the same", () => {
    expect(judge(margin, lost(0.3))).toMatchObject({ verdict: "Success", message: "all checks hold" });
    const { distance: _, ...blind } = perfect();
    expect(judge(margin, perfect(), blind).verdict).toBe("Success");
  });

  test("shares alpha with the other margins", () => {
    const both = [...margin, check("DetectionRate", { margin: "0.05" })];
    const lower = (checks: OfflineCheck[]) => Number(judge(checks, perfect(), perfect()).measurements[0]!.lower);
    expect(lower(both)).toBeLessThan(lower(margin));
  });
});

test("a gate tells failures first and then what could not be measured", () => {
  const checks = [
    check("DetectionRate", { atLeast: "0.5" }),
    check("OutputParity", { atLeast: "0.5" }),
    check("LatencyP99", { atMost: "10ms" }),
  ];
  const { verdict, measurements, message } = judge(checks, { ...perfect(), parity: [] });
  expect(verdict).toBe("Failure");
  expect(measurements.map(({ verdict }) => verdict)).toEqual(["Failure", "Error", "Success"]);
  expect(message).toBe("LatencyP99: 198 on 200, wanted at most 10 milliseconds; OutputParity: nothing was measured");
});

test("no picture is in two pairs of a kind, and pairs are what they are called", () => {
  const people = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 2, maxLength: 60 });
  fc.assert(
    fc.property(people, (identities) => {
      const results = identities.map((k) => ({ identity: `p-${k}`, found: true, milliseconds: 1 }));
      for (const [pairs, same] of [
        [genuinePairs(results), true],
        [impostorPairs(results), false],
      ] as const) {
        expect(new Set(pairs.flat()).size).toBe(2 * pairs.length);
        for (const [a, b] of pairs) expect(identities[a] === identities[b]).toBe(same);
      }
    }),
  );
});

test.each([
  ["40ms", 40],
  ["2s", 2000],
  ["600Mi", 600 * 1024 ** 2],
  ["1Gi", 1024 ** 3],
  ["512", 512],
])("the ceiling %s is %i", (text, wanted) => {
  expect(parseCeiling(text)).toBe(wanted);
});

test.each([
  [0.1 + 0.2, "0.3"],
  [-0.0000001, "0"],
  [100, "100"],
  [1e9, undefined],
  [NaN, undefined],
])("the number %d is the decimal %s", (value, wanted) => {
  expect(decimalOf(value)).toBe(wanted);
});
