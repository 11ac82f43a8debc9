import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { SlotRevision } from "../../../crds/enginebuild.ts";
import { createLogger } from "../../../operator/kit/log.ts";
import { SiteNode } from "../site-node.fake.ts";
import { nobody, people, Site, until, type Color, type TrialParts } from "../site.fake.ts";
import { readState, stateFile } from "../state.ts";

let site: Site;
let a: SlotRevision;
beforeEach(async () => {
  site = await Site.open();
  a = await site.build("a");
});
afterEach(() => site[Symbol.asyncDispose]());

const silent = createLogger({ name: "test", level: "silent" });
const gate = { alpha: "0.05", minSamples: 5, deadline: "1h" };
const identity = { metric: "ProbeIdentity", margin: "0.2" } as const;
const shadow = (checks: TrialParts["gate"]["checks"]): TrialParts => ({
  id: "one",
  phase: "Shadow",
  gate: { ...gate, checks },
});

/** Probes of the enrolled and of strangers; one picture among them is damaged. */
async function probes() {
  const pictures: Record<string, Color | string> = { "ann/damaged.png": "no picture" };
  for (const [person, count] of [
    ["ann", 10],
    ["ben", 10],
    ["stranger", 30],
  ] as const) {
    for (let number = 0; number < count; number += 1) pictures[`${person}/${number}.png`] = people[person];
  }
  return { gallery: "staff", probes: await site.dataset("probes", pictures) };
}
const damaged = 1;
const readable = 50;

describe("a comparison of two slots", () => {
  test("begins when both are ready, and not before", async () => {
    await using node = await SiteNode.start(site);
    const trial = { ...shadow([identity]), ...(await probes()) };
    const b = { revision: "b", engineKey: "key-b" };
    node.want({ slots: { active: a, standby: b }, galleries: [await site.staff()], trial });
    await until(() => node.isReady("a") && node.facts.slots.standby?.state === "Failed");
    expect(node.facts.trial).toBeUndefined();
    const begun = Date.now();
    await site.build("b");
    node.want({ slots: { active: a, standby: b }, galleries: [await site.staff()], trial });
    await until(() => node.facts.trial !== undefined);
    expect(Date.parse(node.facts.trial!.startedAt)).toBeGreaterThanOrEqual(begun);
  });

  test.each([
    ["passes a candidate that is as good", 1, "Success"],
    ["fails one that takes strangers for the enrolled", 0.01, "Failure"],
  ])("%s", async (_, scale, verdict) => {
    const b = await site.build("b", { scale });
    await using node = await SiteNode.start(site);
    const trial = { ...shadow([identity]), ...(await probes()) };
    node.want({ slots: { active: a, standby: b }, galleries: [await site.staff()], trial });
    await until(() => node.facts.trial?.verdict === verdict);
    await until(() => node.shown === readable);
  });

  test("replays each probe once, though the runtime is started again in the middle", async () => {
    const b = await site.build("b");
    const trial = { ...shadow([identity]), ...(await probes()) };
    const wanted = { slots: { active: a, standby: b }, galleries: [await site.staff()], trial };
    let shown = 0;
    for (let run = 0; run < 4 && shown < readable; run += 1) {
      await using node = await SiteNode.start(site);
      if (run === 0) node.want(wanted);
      await until(() => node.shown > shown || node.shown === readable);
      shown = node.shown;
    }
    {
      await using node = await SiteNode.start(site);
      await until(() => node.shown === readable);
    }
    const { trial: record } = (await readState(stateFile(site.store, "orin-1"), silent))!;
    expect(record).toMatchObject({ probes: readable + damaged, tallies: { ProbeIdentity: `0:${readable}` } });
  });

  test("counts the evidence of tracks that both slots saw", async () => {
    const b = await site.build("b");
    await using node = await SiteNode.start(site);
    const trial = shadow([{ metric: "ChampionAgreement", margin: "0.2" }]);
    const visits = Array.from({ length: 3 }, () => [
      ...Array.from({ length: 30 }, () => people.ann),
      ...Array.from({ length: 100 }, () => nobody),
    ]);
    const cameras = [await site.entrance(visits.flat())];
    node.want({ slots: { active: a, standby: b }, galleries: [await site.staff()], cameras, trial });
    await until(() => node.shown >= 2);
    expect(node.facts.trial?.evidence[0]?.state).toMatch(/^0:\d+$/);
  }, 90_000);
});
