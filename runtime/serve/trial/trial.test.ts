import { describe, expect, test } from "@jest/globals";
import type { Identity } from "../../events/event.ts";
import { compareProbe, compareTrack } from "./compare.ts";
import { Trial } from "./trial.ts";

const gate = {
  alpha: "0.05",
  minSamples: 20,
  deadline: "1h",
  checks: [
    { metric: "ProbeIdentity" as const, margin: "0.1", required: true },
    { metric: "LatencyP95" as const, atMost: "50ms", required: true },
  ],
};
const hour = 3_600_000;
const trialOf = (phase: "Shadow" | "Soak" = "Shadow") => new Trial({ id: "one", phase, gate }, 0);

function feed(trial: Trial, probes: readonly (readonly [number, boolean, boolean])[], frame = 20): Trial {
  for (const [times, candidate, champion] of probes) {
    for (let count = 0; count < times; count += 1) trial.observe(compareProbe({ identity: { candidate, champion } }));
  }
  for (let count = 0; count < 40; count += 1) trial.speed.took(frame);
  return trial;
}

describe("a trial", () => {
  test.each([
    ["that saw nothing is no pass", [], 20, 0, "Inconclusive"],
    ["of equals passes", [[120, true, true]], 20, 0, "Success"],
    ["of equals that are both wrong passes: it is not about the floor", [[120, false, false]], 20, 0, "Success"],
    [
      "of a worse candidate fails",
      [
        [40, false, true],
        [60, true, true],
      ],
      20,
      0,
      "Failure",
    ],
    ["of a slow candidate fails whatever its accuracy", [[120, true, true]], 80, 0, "Failure"],
    ["with too little to go by stays open", [[15, true, true]], 20, 0, "Inconclusive"],
    ["with too little to go by at the deadline is no pass either", [[15, true, true]], 20, 2 * hour, "Inconclusive"],
  ] as const)("%s", (_, probes, frame, now, verdict) => {
    expect(feed(trialOf(), probes, frame).status(now).verdict).toBe(verdict);
  });

  test("waits for its ceilings to be measured", () => {
    const trial = trialOf();
    trial.observe(Array.from({ length: 200 }, () => ({ metric: "ProbeIdentity", difference: 0 })));
    expect(trial.status(0)).toMatchObject({
      verdict: "Inconclusive",
      message: expect.stringContaining("LatencyP95"),
    });
  });

  test("of a gate that requires ceilings only is decided by them", () => {
    const [identity, latency] = gate.checks;
    const checks = [{ ...identity!, required: false }, latency!];
    const verdictOf = (frame: number, frames = 40) => {
      const trial = new Trial({ id: "one", phase: "Shadow", gate: { ...gate, checks } }, 0);
      for (let count = 0; count < frames; count += 1) trial.speed.took(frame);
      return trial.status(0).verdict;
    };
    expect([verdictOf(20), verdictOf(80), verdictOf(20, 5)]).toEqual(["Success", "Failure", "Inconclusive"]);
  });

  test("of a gate that makes no sense is an error, never a pass", () => {
    const checks = [{ metric: "ProbeIdentity" as const, margin: "some", required: true }];
    const trial = new Trial({ id: "one", phase: "Shadow", gate: { ...gate, checks } }, 0);
    expect(trial.status(0)).toMatchObject({ verdict: "Error", message: expect.stringContaining("margin") });
  });

  test("goes on with its evidence after a restart, and never with that of another trial", () => {
    const { record, spec } = feed(trialOf(), [
      [50, true, true],
      [3, false, true],
    ]);
    const probes = (trial: Trial) => trial.status(0).evidence[0]?.measurement;
    expect(probes(new Trial(spec, 99, record))).toMatchObject({ n: 53 });
    expect(probes(new Trial({ ...spec, id: "two" }, 99, record))).toMatchObject({ n: 0 });
  });

  test("says metric, interval, n and bound for people", () => {
    const [probes] = feed(trialOf(), [
      [40, false, true],
      [60, true, true],
    ]).status(0).evidence;
    expect(probes).toMatchObject({
      state: "-1:40 0:60",
      measurement: { value: "-0.4", bound: "-0.1", n: 100, verdict: "Failure" },
    });
  });
});

describe("the evidence of a track", () => {
  const reading = (identity: Identity | undefined, identityConsistency?: number, expressionConsistency?: number) => ({
    identity,
    identityConsistency,
    expressionConsistency,
  });
  const ann = (distance: number): Identity => ({ known: true, person: "ann", distance });

  test.each([
    [
      "is the difference of consistencies",
      reading(ann(0.1), 0.9),
      reading(ann(0.1), 1),
      { TrackIdentityConsistency: -0.1, ChampionAgreement: 0 },
    ],
    [
      "counts a candidate without a reading as inconsistent",
      reading(undefined),
      reading(ann(0.1), 1),
      { TrackIdentityConsistency: -1, ChampionAgreement: -1 },
    ],
    ["is none where the champion has no reading", reading(ann(0.1), 1, 1), reading(undefined), {}],
    [
      "asks for agreement only where the champion is sure",
      reading({ known: false }, 1),
      reading(ann(0.44), 1),
      { TrackIdentityConsistency: 0 },
    ],
  ])("%s", (_, candidate, champion, differences) => {
    const found = compareTrack({ candidate, champion }, 0.45).map(({ metric, difference }) => [
      metric,
      Number(difference.toFixed(6)),
    ]);
    expect(Object.fromEntries(found)).toEqual(differences);
  });
});
