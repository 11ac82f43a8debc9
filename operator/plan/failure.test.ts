import { describe, expect, test } from "@jest/globals";
import type { FaceModelSpec } from "../../crds/facemodel.ts";
import type { Quality } from "./world/devices.fake.ts";
import { promotedWorld, revisionFor, World } from "./world/world.fake.ts";

const bad = revisionFor({ networks: "b" });

/** A world with a champion, after a worse candidate has been asked for and everything has come to rest. */
function after(
  quality: Quality,
  change?: (spec: FaceModelSpec) => Partial<FaceModelSpec>,
  nodes?: Record<string, string>,
) {
  const world = promotedWorld(nodes);
  world.qualities.set(bad, quality);
  world.wish({ networks: "b", ...(change && { change }) });
  world.rest();
  return world;
}

const withWave =
  (index: number, wave: Partial<FaceModelSpec["rollout"]["waves"][number]>) => (spec: FaceModelSpec) => ({
    rollout: { ...spec.rollout, waves: spec.rollout.waves.map((w, i) => (i === index ? { ...w, ...wave } : w)) },
  });

describe("a candidate that", () => {
  const isBackEverywhere = (world: ReturnType<typeof after>, reason: string) => {
    expect(world.status.conditions).toEqual([
      expect.objectContaining({ type: "Ready", status: "False" }),
      expect.objectContaining({ type: "Stalled", status: "True", reason }),
    ]);
    for (const node of ["n1", "n2", "n3"]) expect(world.serving(node)).toBe(world.champion);
    expect(world.runtime("n1")!.spec).toMatchObject({ slots: { active: { revision: world.champion } } });
    expect(world.runtime("n1")!.spec).not.toHaveProperty("trial");
    expect(world.nothingLeft()).toEqual([]);
  };

  test.each([
    ["fails the offline gate", { build: "Failure" }, "Offline"],
    ["cannot be loaded", { load: "Failed" }, "Runtime"],
    ["is worse in the shadow", { shadow: "Bad" }, "Online"],
    ["regresses in the soak", { soak: "Bad" }, "Soak"],
  ] satisfies [string, Quality, string][])("%s is rolled back and quarantined", (_, quality, gate) => {
    const world = after(quality);
    expect(world.status).toMatchObject({
      state: "RolledBack",
      champion: world.champion,
      failure: { gate, wave: "canary", node: "n1", blame: "Release" },
      quarantined: [{ revision: bad, digests: [expect.stringContaining("bbbb")], failure: { gate } }],
    });
    isBackEverywhere(world, `${gate}Failed`);
  });

  describe.each([
    ["cannot be built, as when a proxy spoils what is pulled,", { build: "Error" }, "Offline", "BuildError"],
    ["ends its builds without a report", { build: "Silent" }, "Offline", "BuildError"],
    ["shows nothing until the deadline", { shadow: "Quiet" }, "Online", "OnlineInconclusive"],
  ] satisfies [string, Quality, string, string][])("%s", (_, quality, gate, reason) => {
    test("is rolled back and not quarantined, and a Retry takes it up again", () => {
      const world = after(quality);
      expect(world.status).toMatchObject({ state: "RolledBack", failure: { gate, node: "n1", blame: "Unknown" } });
      expect(world.status.quarantined).toBeUndefined();
      isBackEverywhere(world, reason);
      expect(world.status.conditions![0]!.message).toContain("a RolloutDecision may retry it");
      world.qualities.clear();
      world.advance(60_000);
      world.decide("Retry");
      world.rest();
      expect(world.status).toMatchObject({ state: "Promoted", champion: bad });
    });

    test("is taken up again when it is asked for anew", () => {
      const world = after(quality);
      world.wish({});
      world.untilState("Promoted");
      world.qualities.clear();
      world.wish({ networks: "b" });
      world.rest();
      expect(world.status).toMatchObject({ state: "Promoted", champion: bad });
    });
  });

  test("fails the offline gate is loaded nowhere", () => {
    const world = promotedWorld();
    const loaded: unknown[] = [];
    world.onAction = (action) => {
      if (action.type === "Apply" && action.object.kind === "NodeRuntime") loaded.push(action.object);
    };
    world.qualities.set(bad, { build: "Failure" });
    world.wish({ networks: "b" });
    world.rest();
    expect(JSON.stringify(loaded)).not.toContain(bad);
  });

  test("fails on a later wave is taken off the earlier ones too", () => {
    const world = promotedWorld();
    world.qualities.set(`${bad}/n3`, { shadow: "Bad" });
    world.wish({ networks: "b" });
    world.rest();
    expect(world.status).toMatchObject({ state: "RolledBack", failure: { wave: "rest", node: "n3" } });
    for (const node of ["n1", "n2", "n3"]) expect(world.serving(node)).toBe(world.champion);
  });

  test.each([
    ["cannot be loaded", { load: "Failed" }],
    ["is worse in the shadow", { shadow: "Bad" }],
    ["regresses in the soak", { soak: "Bad" }],
  ] satisfies [string, Quality][])("%s on as many nodes as are tolerated is promoted on the others", (_, quality) => {
    const world = promotedWorld({ n1: "canary", n2: "rest", n3: "rest", n4: "rest" });
    world.qualities.set(`${bad}/n3`, quality);
    world.wish({ networks: "b", change: withWave(1, { maxFailures: 1 }) });
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: bad, nodes: { done: 3, failed: 1 } });
    expect(world.serving("n3")).toBe(world.champion);
    expect(world.nothingLeft()).toEqual([]);
  });

  test("was the first revision leaves nothing running", () => {
    const world = new World();
    world.qualities.set(world.wanted, { load: "Failed" });
    world.rest();
    expect(world.status).toMatchObject({ state: "RolledBack", failure: { gate: "Runtime", blame: "Unknown" } });
    expect(world.runtime("n1")!.spec.slots).toEqual({});
  });

  test("pauses instead of rolling back when spec says so", () => {
    const world = after({ shadow: "Bad" }, ({ rollout }) => ({ rollout: { ...rollout, onFailure: "Pause" } }));
    expect(world.status).toMatchObject({ state: "Paused", failure: { gate: "Online" } });
    expect(world.status.quarantined).toBeUndefined();
    expect(world.runtime("n1")!.spec.slots.standby?.revision).toBe(bad);
    expect(world.nothingLeft()).toEqual([]);
  });
});

describe("a failure that befalls the old revision too", () => {
  test("is the environment's, and pauses without quarantine", () => {
    const world = promotedWorld();
    world.qualities.set(bad, { load: "Failed" });
    for (const node of ["n2", "n3"]) world.breakRuntime(node);
    world.wish({ networks: "b" });
    world.rest();
    expect(world.status).toMatchObject({ state: "Paused", failure: { gate: "Runtime", blame: "Environment" } });
    expect(world.status.quarantined).toBeUndefined();
  });
});

describe("a champion that died on a node", () => {
  test("does not keep its successor out", () => {
    const world = promotedWorld();
    world.qualities.set(`${world.champion}/n1`, { load: "Failed" });
    world.restart("n1");
    world.rest();
    expect(world.serving("n1")).toBeUndefined();
    world.wish({ networks: "b" });
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: bad, progress: "3/3" });
    expect(world.events.filter((event) => event === "ShadowPassed")).toHaveLength(2);
  });
});

describe("a quarantined revision", () => {
  test("stays on no node when it is asked for again, and the status says why", () => {
    const world = after({ shadow: "Bad" });
    world.wish({});
    world.untilState("Promoted");
    world.wish({ networks: "b" });
    world.rest();
    expect(world.status.state).toBe("Quarantined");
    expect(world.status.conditions![0]!.message).toContain("gate Online");
    expect(world.store.list("EngineBuild").filter(({ metadata }) => metadata.name.includes(bad))).toEqual([]);
    for (const node of ["n1", "n2", "n3"]) expect(world.serving(node)).toBe(world.champion);
  });

  test("lets a new node have the champion", () => {
    const world = after({ shadow: "Bad" });
    world.addNode("n4", "rest");
    world.rest();
    expect(world.serving("n4")).toBe(world.champion);
    expect(world.status.state).toBe("RolledBack");
  });

  test("starts anew after a Retry, from its builds on", () => {
    const world = after({ build: "Failure" });
    world.qualities.set(bad, {});
    world.advance(60_000);
    const name = world.decide("Retry");
    world.untilState("Promoted");
    expect(world.status).toMatchObject({ champion: bad });
    expect(world.status.quarantined).toBeUndefined();
    expect(world.store.get("RolloutDecision", name)!.status).toMatchObject({ handledAt: expect.any(String) });
  });

  test("is quarantined again when it fails again", () => {
    const world = after({ shadow: "Bad" });
    const first = world.status.quarantined![0]!.time;
    world.advance(60_000);
    world.decide("Retry");
    world.rest();
    expect(world.status.state).toBe("RolledBack");
    expect(Date.parse(world.status.quarantined![0]!.time)).toBeGreaterThan(Date.parse(first));
  });
});

describe("a build that comes to nothing for another reason", () => {
  test.each(["Retryable", "Lost"] as const)("(%s) is tried again and is not the revision's fault", (build) => {
    const world = promotedWorld();
    world.qualities.set(bad, { build });
    world.wish({ networks: "b" });
    world.until(() => world.store.list("Job").some(({ metadata }) => metadata.labels!["facefleet.dev/try"] === "4"));
    expect(world.status).toMatchObject({ state: "RollingOut", nodes: { failed: 0 } });
    world.qualities.set(bad, {});
    world.untilState("Promoted");
    expect(world.status.champion).toBe(bad);
  });
});
