import { describe, expect, test } from "@jest/globals";
import { MOST_BREAKS } from "./rollout/soak.ts";
import { promotedWorld, revisionFor } from "./world/world.fake.ts";

const next = revisionFor({ networks: "b" });
const MINUTE = 60_000;
type Promoted = ReturnType<typeof promotedWorld>;

const stateOf = (world: Promoted, node: string) =>
  world.status.unfinishedNodes?.find(({ name }) => name === node)?.state ?? "Done";

/** A world in which the canary has just begun to soak. */
function soaking(): Promoted {
  const world = promotedWorld();
  world.wish({ networks: "b" });
  world.until(() => stateOf(world, "n1") === "Soaking", { step: 5_000 });
  return world;
}

/** Lets so many minutes pass, with a look after each. */
function pass(world: Promoted, minutes: number): void {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.settle();
    world.advance(MINUTE);
  }
  world.settle();
}

const ready = ({ status }: Promoted) => status.conditions!.find(({ type }) => type === "Ready")!;

describe("a candidate in its soak", () => {
  test("whose pod dies and stays dead is never done, and fails once its runtime had time enough", () => {
    const world = soaking();
    world.killPod("n1");
    pass(world, 6);
    expect(stateOf(world, "n1")).toBe("Activating");
    world.rest();
    expect(world.status).toMatchObject({ state: "RollingBack", failure: { gate: "Runtime", node: "n1" } });
    world.restart("n1");
    world.rest();
    expect(world.status.state).toBe("RolledBack");
    expect(world.serving("n1")).toBe(world.champion);
  });

  test("on a node that left with it has not soaked meanwhile", () => {
    const world = soaking();
    world.powerOff("n1");
    pass(world, 30);
    expect(stateOf(world, "n1")).toBe("Deferred");
    world.reconnect("n1");
    pass(world, 9);
    expect(stateOf(world, "n1")).toBe("Soaking");
    pass(world, 3);
    expect(stateOf(world, "n1")).toBe("Done");
  });

  test("whose runtime ends begins it anew", () => {
    const world = soaking();
    pass(world, 8);
    world.restart("n1");
    pass(world, 9);
    expect(stateOf(world, "n1")).toBe("Soaking");
    pass(world, 3);
    expect(stateOf(world, "n1")).toBe("Done");
  });

  test("whose runtime ends over and over fails", () => {
    const world = soaking();
    for (let crash = 0; crash <= MOST_BREAKS; crash += 1) {
      expect(world.status.failure).toBeUndefined();
      pass(world, 5);
      world.restart("n1");
    }
    world.rest();
    expect(world.status).toMatchObject({
      state: "RolledBack",
      failure: { gate: "Soak", node: "n1", blame: "Release" },
    });
  });

  test("is not held to account for a node that loses power over and over", () => {
    const world = soaking();
    for (let cut = 0; cut <= MOST_BREAKS + 1; cut += 1) {
      pass(world, 5);
      world.powerOff("n1");
      pass(world, 5);
      world.reconnect("n1");
    }
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next });
  });

  test("has done it for good, whatever its runtime does while other nodes go on", () => {
    const world = promotedWorld({ n1: "canary", n2: "rest", n3: "rest" });
    world.wish({ networks: "b" });
    world.until(() => stateOf(world, "n2") === "Done" && stateOf(world, "n3") !== "Done", { step: 5_000 });
    world.restart("n2");
    world.settle();
    expect(stateOf(world, "n2")).toBe("Activating");
    world.advance(10_000);
    world.advance(10_000);
    world.settle();
    expect(stateOf(world, "n2")).toBe("Done");
  });
});

describe("a promoted revision", () => {
  test("is not Ready while its runtimes do not run, and is again when they do", () => {
    const world = promotedWorld();
    const { slots } = world.runtime("n1")!.spec;
    for (const node of ["n1", "n2", "n3"]) world.killPod(node);
    pass(world, 1);
    expect(ready(world)).toMatchObject({ status: "Unknown", reason: "RuntimesNotReady" });
    expect(world.status).toMatchObject({ state: "Promoted", progress: "0/3" });
    pass(world, 10);
    expect(ready(world).status).toBe("False");
    expect(stateOf(world, "n1")).toBe("Unavailable");
    expect(world.nothingLeft()).toEqual([]);
    for (const node of ["n1", "n2", "n3"]) world.restart(node);
    world.rest();
    expect(ready(world).status).toBe("True");
    expect(world.status.progress).toBe("3/3");
    expect(world.runtime("n1")!.spec.slots).toEqual(slots);
  });

  test("whose engines crash on a node is not taken from it", () => {
    const world = promotedWorld();
    const { slots } = world.runtime("n1")!.spec;
    world.qualities.set(`${world.champion}/n1`, { load: "Failed" });
    world.restart("n1");
    world.rest();
    expect(world.runtime("n1")!.spec.slots).toEqual(slots);
    expect(ready(world)).toMatchObject({ status: "False", reason: "RuntimesNotReady" });
    expect(ready(world).message).toContain("golden outputs differ");
    world.qualities.clear();
    world.restart("n1");
    world.rest();
    expect(world.serving("n1")).toBe(world.champion);
    expect(ready(world).status).toBe("True");
  });
});
