import { describe, expect, test } from "@jest/globals";
import { decideFamily } from "./family.ts";
import { familyOf, type Gate } from "./gate.ts";

const gate: Gate = {
  alpha: "0.05",
  minSamples: 30,
  checks: [
    { metric: "ProbeIdentity", margin: "0.05", required: true },
    { metric: "ChampionAgreement", margin: "0.1", required: false },
    { metric: "LatencyP95", required: true },
  ],
};

describe("the plan of a FaceModel's gate", () => {
  test("has its paired checks; ceilings are no matter of statistics", () => {
    expect(familyOf(gate)).toEqual({
      alpha: 0.05,
      metrics: [
        { metric: "ProbeIdentity", role: "Required", margin: 0.05, minSamples: 30 },
        { metric: "ChampionAgreement", role: "Reported", margin: 0.1, minSamples: 30 },
      ],
    });
  });

  test("is one that can be carried out", () => {
    const { verdict, findings } = decideFamily(familyOf(gate), new Map(), { deadlinePassed: false, hardFailures: [] });
    expect(verdict).toBe("Inconclusive");
    expect(findings.map(({ decision }) => decision.reason)).toEqual(["NoData", "NoData"]);
  });

  test.each([
    ["alpha", { alpha: "five percent" }, 'alpha is "five percent"; expected a decimal number'],
    ["alpha", { alpha: " " }, 'alpha is " "; expected a decimal number'],
    [
      "ProbeIdentity.margin",
      { checks: [{ metric: "ProbeIdentity", margin: "5%", required: true }] },
      'ProbeIdentity.margin is "5%"; expected a decimal number',
    ],
  ])("refuses a %s that is no number", (field, change, message) => {
    expect(() => familyOf({ ...gate, ...change })).toThrow(expect.objectContaining({ field }));
    expect(() => familyOf({ ...gate, ...change })).toThrow(message);
  });
});
