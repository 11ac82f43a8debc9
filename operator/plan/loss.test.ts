import { describe, expect, test } from "@jest/globals";
import type { FaceModelSpec } from "../../crds/facemodel.ts";
import { promotedWorld, revisionFor } from "./world/world.fake.ts";

const next = revisionFor({ networks: "b" });
type Promoted = ReturnType<typeof promotedWorld>;
type Wave = FaceModelSpec["rollout"]["waves"][number];

const rest = (wave: Partial<Wave>) => (spec: FaceModelSpec) => ({
  rollout: { ...spec.rollout, waves: spec.rollout.waves.map((one, i) => (i === 1 ? { ...one, ...wave } : one)) },
});
const nodes = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i + 1}`, i === 0 ? "canary" : "rest"]));
const gone = (world: Promoted) => [...world.nodes.values()].filter(({ ready }) => !ready).map(({ name }) => name);
const reason = ({ status }: Promoted) => status.conditions!.find(({ type }) => type === "Ready")!.reason;

/** Nodes lose their power as soon as they run the candidate; all of a world that has a champion. */
function killing(count: number, killed: readonly string[], wave: Partial<Wave> = {}): Promoted {
  const world = promotedWorld(nodes(count));
  for (const name of killed) world.qualities.set(`${next}/${name}`, { power: "Lost" });
  world.wish({ networks: "b", change: rest(wave) });
  return world;
}

describe("a node that is lost while the candidate drives its events", () => {
  test("holds its wave, and no other is risked beyond maxUnavailable", () => {
    const world = killing(7, ["n2", "n3", "n4", "n5", "n6"]);
    world.rest();
    expect(gone(world)).toEqual(["n2"]);
    expect(world.status).toMatchObject({ state: "RollingOut", champion: world.champion, nodes: { deferred: 1 } });
    expect(reason(world)).toBe("ProgressDeadlineExceeded");
    expect(world.status.conditions!.map(({ type }) => type)).toContain("Stalled");
    expect(world.nothingLeft()).toEqual([]);
  });

  test("lets the wave go on when it is back and has soaked", () => {
    const world = killing(4, ["n2"]);
    world.until(() => reason(world) === "NodesLost");
    world.qualities.clear();
    world.reconnect("n2");
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next, progress: "4/4" });
  });

  test("does not hold a wave that tolerates it", () => {
    const world = killing(4, ["n2"], { maxFailures: 1 });
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next, nodes: { deferred: 1 } });
  });

  test("does not hold its wave where nodes on the old revision are lost too", () => {
    const world = killing(6, ["n2"]);
    world.until(() => gone(world).length > 0, { step: 5_000 });
    world.powerOff("n5");
    world.powerOff("n6");
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next, nodes: { deferred: 3 } });
  });

  test("with more than chance allows has failed, and so has the release", () => {
    const world = killing(9, ["n2", "n3", "n4", "n5", "n6"], { maxUnavailable: "5" });
    world.rest();
    expect(world.status).toMatchObject({
      state: "RolledBack",
      failure: { gate: "Runtime", wave: "rest", blame: "Release" },
      quarantined: [{ revision: next }],
    });
    expect(world.serving("n1")).toBe(world.champion);
    for (const name of gone(world)) world.reconnect(name);
    world.qualities.clear();
    world.rest();
    expect(world.status.state).toBe("RolledBack");
    expect(world.serving("n2")).toBe(world.champion);
  });

  test("after it has soaked is away like any other", () => {
    const world = promotedWorld(nodes(4));
    world.wish({ networks: "b" });
    const isDone = (name: string) => world.status.unfinishedNodes?.every((node) => node.name !== name) ?? true;
    world.until(() => isDone("n2") && !isDone("n4"), { step: 5_000 });
    world.powerOff("n2");
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next });
  });
});
