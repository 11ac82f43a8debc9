import { describe, expect, test } from "@jest/globals";
import type { OnlineGate } from "../../../crds/gates.ts";
import type { Measurement } from "../../../crds/shared.ts";
import { logWealthBelow } from "../../../evidence/betting.ts";
import { binomialTail } from "../../../evidence/binomial.ts";
import { draw, seededRandom } from "../../../evidence/power.ts";
import { encodeTally, NOTHING, observe } from "../../../evidence/tally.ts";
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
  verdict?: Measurement["verdict"];
}

const report = (
  node: string,
  { probes = "", tracks = "", latency = "Success", verdict = "Inconclusive" }: Told,
): NodeReport => {
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
  return { node, trial: { id: "t", startedAt: "2026-01-01T00:00:00Z", verdict, evidence } };
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
      "of probes counts nodes that lag behind, and those that have seen none",
      [{ probes: "0:200", tracks: "0:400" }, { probes: "0:5" }, {}],
      "Inconclusive",
    ],
    [
      "of probes is enough once their mean over all nodes is",
      [{ probes: "0:400", tracks: "0:400" }, { probes: "0:200" }],
      "Success",
    ],
    ["fails where together they are worse", Array(4).fill({ probes: "0:400", tracks: "-1:20" }), "Failure"],
    [
      "leaves a node that breaks a ceiling to itself",
      [
        { probes: "0:400", tracks: "0:400" },
        { probes: "-1:400", latency: "Failure" },
      ],
      "Success",
    ],
    [
      "leaves a node that has failed by itself out",
      [
        { probes: "0:400", tracks: "0:400" },
        { probes: "-1:400", verdict: "Failure" },
      ],
      "Success",
    ],
    ["of nodes that have all failed by themselves is no pass", [{ verdict: "Failure" }], "Inconclusive"],
    [
      "waits until a ceiling is measured",
      [{ probes: "0:400", tracks: "0:400", latency: "Inconclusive" }],
      "Inconclusive",
    ],
    [
      "takes one node's measurement of a ceiling",
      [
        { probes: "0:400", tracks: "0:400" },
        { probes: "0:400", latency: "Inconclusive" },
      ],
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

describe("a candidate exactly at the margin, on nodes that replay the same probes and report in turn", () => {
  const [rollouts, probes, period] = [30, 400, 30];
  const alpha = 0.05;
  const atMargin = { difference: -0.05, disagreement: 0.1 };
  const oneCheck: OnlineGate = { ...gate, checks: [gate.checks[0]!] };

  /** Whether the wave passes at any look; a look follows whenever some of the nodes report. */
  function passes(nodes: number, own: number, random: () => number): boolean {
    const seen = Array.from({ length: nodes }, () => NOTHING);
    const reports = seen.map((_, node) => report(`n${node}`, {}));
    for (let n = 1; n <= probes; n += 1) {
      const shared = draw(atMargin, random);
      for (let node = 0; node < nodes; node += 1) {
        seen[node] = observe(seen[node]!, random() < own ? draw(atMargin, random) : shared);
      }
      const due = reports.flatMap((_, node) => (n % period === Math.floor((node * period) / nodes) ? [node] : []));
      for (const node of due) {
        const tally = seen[node]!;
        const verdict = logWealthBelow(tally, -0.05) >= Math.log(1 / alpha) ? "Failure" : "Inconclusive";
        reports[node] = report(`n${node}`, { probes: encodeTally(tally), verdict });
      }
      if (due.length > 0 && poolWave(oneCheck, reports).verdict === "Success") return true;
    }
    return false;
  }

  test.each([
    { nodes: 4, own: 0 },
    { nodes: 8, own: 0.3 },
    { nodes: 20, own: 0.6 },
  ])(
    "is promoted at most alpha of the time: $nodes nodes, of which a share of $own sees each probe in its own way",
    ({ nodes, own }) => {
      const random = seededRandom(100 * nodes + 10 * own);
      const promoted = Array.from({ length: rollouts }, () => passes(nodes, own, random)).filter(Boolean).length;
      // More than chance brings once in a thousand times if the rate is alpha.
      expect(binomialTail(rollouts, promoted, alpha)).toBeGreaterThan(0.001);
    },
  );
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
