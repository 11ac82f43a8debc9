import { describe, expect, test } from "@jest/globals";
import type { OnlineGate } from "../../../crds/gates.ts";
import type { Measurement } from "../../../crds/shared.ts";
import { hasShown, material, type NodeReport, poolWave } from "./pool.ts";

const gate: OnlineGate = {
  alpha: "0.05",
  minSamples: 30,
  deadline: "24h",
  checks: [
    { metric: "ProbeIdentity", margin: "0.05", required: true },
    { metric: "ChampionAgreement", margin: "0.1", required: true },
    { metric: "LatencyP95", atMost: "60ms", required: true },
  ],
};

interface Told {
  probes?: string;
  tracks?: string;
  latency?: Measurement["verdict"];
}

const report = (node: string, { probes = "", tracks = "", latency = "Success" }: Told): NodeReport => {
  const entry = (metric: string, state: string, verdict: Measurement["verdict"] = "Inconclusive") => ({
    metric,
    state,
    measurement: { metric, n: 0, verdict },
  });
  const evidence = [
    entry("ProbeIdentity", probes),
    entry("ChampionAgreement", tracks),
    entry("LatencyP95", "", latency),
  ];
  return { node, trial: { id: "t", startedAt: "2026-01-01T00:00:00Z", verdict: "Inconclusive", evidence } };
};

describe("the evidence of a wave", () => {
  test.each<[string, Told[], Measurement["verdict"]]>([
    ["of one node that has shown everything is a pass", [{ probes: "0:400", tracks: "0:400" }], "Success"],
    ["of quiet doors adds up where each saw its own", Array(4).fill({ probes: "0:400", tracks: "0:20" }), "Success"],
    ["of one quiet door is not enough", [{ probes: "0:400", tracks: "0:20" }], "Inconclusive"],
    [
      "of the same probes on many nodes is that of one",
      Array(20).fill({ probes: "0:20", tracks: "0:400" }),
      "Inconclusive",
    ],
    [
      "of probes counts the nodes that are furthest",
      [{ probes: "0:400", tracks: "0:400" }, { probes: "0:5" }],
      "Success",
    ],
    ["fails where together they are worse", Array(4).fill({ probes: "0:400", tracks: "-1:20" }), "Failure"],
    ["fails when one node breaks a ceiling", [{ probes: "0:400", tracks: "0:400" }, { latency: "Failure" }], "Failure"],
    [
      "waits until a ceiling is measured",
      [{ probes: "0:400", tracks: "0:400", latency: "Inconclusive" }],
      "Inconclusive",
    ],
    [
      "takes one node's measurement of a ceiling",
      [{ probes: "0:400", tracks: "0:400" }, { latency: "Inconclusive" }],
      "Success",
    ],
    ["that cannot be read is an error and never a pass", [{ probes: "0:400", tracks: "0:400x" }], "Error"],
    ["of nothing is no pass", [{}], "Inconclusive"],
  ])("%s", (_, told, verdict) => {
    const pooled = poolWave(
      gate,
      told.map((one, index) => report(`n${index}`, one)),
    );
    expect(pooled.verdict).toBe(verdict);
    expect(pooled.measurements.map(({ metric }) => metric)).toEqual(gate.checks.map(({ metric }) => metric));
  });
});

describe("what is recorded", () => {
  const measured = (n: number, verdict: Measurement["verdict"] = "Inconclusive") => [
    { metric: "ProbeIdentity", n, verdict },
  ];

  test.each([
    ["a verdict that changed", measured(100), measured(101, "Success"), true],
    ["much more evidence", measured(100), measured(130), true],
    ["a little more evidence", measured(100), measured(110), false],
    ["less, after a node went away", measured(100), measured(60), false],
  ])("is written anew for %s: %#", (_, before, now, isNew) => {
    expect(material(before, now)).toBe(isNew ? now : before);
  });

  test("shows a gate only with a Success of all that is required", () => {
    const all = gate.checks.map(({ metric }) => ({ metric, n: 100, verdict: "Success" as const }));
    expect(hasShown(gate, all)).toBe(true);
    expect(hasShown(gate, all.slice(1))).toBe(false);
    expect(hasShown(gate, undefined)).toBe(false);
  });
});
