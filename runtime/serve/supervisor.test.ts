import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { SlotRevision } from "../../crds/enginebuild.ts";
import { SiteNode } from "./site-node.fake.ts";
import { Site, until, type TrialParts } from "./site.fake.ts";
import { stateFile, type State } from "./state.ts";

let site: Site;
let a: SlotRevision;
beforeEach(async () => {
  site = await Site.open();
  a = await site.build("a");
});
afterEach(() => site[Symbol.asyncDispose]());

describe("a candidate that soaks", () => {
  const tooSlow = { metric: "LatencyP95", atMost: "0ms" } as const;
  const identity = { metric: "ProbeIdentity", margin: "0.2" } as const;
  const soak = (check: TrialParts["gate"]["checks"][number] = tooSlow): TrialParts => ({
    id: "soak-b",
    phase: "Soak",
    gate: { minSamples: 5, checks: [check] },
  });

  test("is left by the node itself when it regresses, and for good", async () => {
    const b = await site.build("b");
    const cameras = [await site.entrance()];
    const slots = { active: b, standby: a };
    {
      await using node = await SiteNode.start(site);
      node.want({ slots, cameras, trial: soak() });
      await until(() => node.isReady("b"));
      await until(() => (node.supervisor.tick(), node.isReady("a")));
      expect(node.status(undefined)).toMatchObject({
        swappedBack: { trial: "soak-b", from: "b", to: "a", measurement: { metric: "LatencyP95", verdict: "Failure" } },
        conditions: [{ type: "Ready", status: "False", reason: "SwappedBack" }],
      });
    }
    await using again = await SiteNode.start(site);
    await until(() => again.isReady("a"));
    expect([again.facts.swappedBack?.from, again.supervisor.slots.swaps]).toEqual(["b", 0]);
    again.want({ slots: { active: a }, cameras });
    expect([again.facts.swappedBack, again.facts.slots.active?.revision]).toEqual([undefined, "a"]);
  });

  test("stays left when the soak was ended by an order that crossed the swap, over restarts too", async () => {
    const b = await site.build("b");
    const cameras = [await site.entrance()];
    {
      await using node = await SiteNode.start(site);
      node.want({ slots: { active: b, standby: a }, cameras, trial: soak() });
      await until(() => (node.supervisor.tick(), node.facts.swappedBack !== undefined && node.isReady("a")));
      node.want({ slots: { active: b }, cameras });
      expect([node.facts.swappedBack?.from, node.facts.slots.active?.revision]).toEqual(["b", "a"]);
    }
    await using again = await SiteNode.start(site);
    await until(() => again.isReady("a"));
    expect(again.facts.swappedBack).toMatchObject({ from: "b", to: "a" });
  });

  test("is left when it cannot be loaded again after a restart", async () => {
    const b = await site.build("b");
    {
      await using node = await SiteNode.start(site);
      node.want({ slots: { active: b, standby: a }, trial: soak(identity) });
      await until(() => node.supervisor.slots.paired);
    }
    await rm(site.store.engineDirectory("key-b"), { recursive: true });
    await using again = await SiteNode.start(site);
    await until(() => again.isReady("a"));
    expect(again.facts.swappedBack).toMatchObject({ from: "b", message: expect.stringContaining("key-b") });
  });

  test("is left when the process has ended again and again with it", async () => {
    const b = await site.build("b");
    {
      await using node = await SiteNode.start(site);
      node.want({ slots: { active: b, standby: a }, trial: soak(identity) });
      await until(() => node.supervisor.slots.paired);
    }
    const file = stateFile(site.store, "orin-1");
    const state = JSON.parse(await readFile(file, "utf8")) as State;
    await rm(file);
    await writeFile(file, JSON.stringify({ ...state, attempts: { engineKey: "key-b", runs: 5 } }));
    await using again = await SiteNode.start(site);
    await until(() => again.isReady("a"));
    expect(again.facts.swappedBack?.message).toMatch(/ended 5 times in a row .* key-b/);
  });

  test("is left when it crashes on what the cameras see", async () => {
    const b = await site.build("b");
    const manifest = join(site.store.engineDirectory("key-b"), "manifest.json");
    const text = await readFile(manifest, "utf8");
    await rm(manifest);
    await writeFile(manifest, text.replace("TinyYolo2", "YuNet"));
    await using node = await SiteNode.start(site);
    const trial = soak(identity);
    node.want({ slots: { active: b, standby: a }, cameras: [await site.entrance()], trial });
    await until(() => node.isReady("a"));
    expect(node.facts.swappedBack?.message).toMatch(/key-b failed/);
    await until(async () => (await node.frames()).seen! >= 3);
  });

  test("stays when the operator has said something else since", async () => {
    const b = await site.build("b");
    const cameras = [await site.entrance()];
    await using node = await SiteNode.start(site);
    node.want({ slots: { active: b, standby: a }, cameras, trial: soak() });
    await until(() => (node.supervisor.tick(), node.facts.swappedBack !== undefined));
    const trial = { ...soak(identity), id: "soak-b-again" };
    node.want({ slots: { active: b, standby: a }, cameras, trial });
    await until(() => node.isReady("b"));
    expect(node.facts.swappedBack).toBeUndefined();
  });
});
