import { describe, expect, test } from "@jest/globals";
import { promotedWorld, revisionFor } from "./world/world.fake.ts";

const next = revisionFor({ networks: "b" });
const stateOf = (world: ReturnType<typeof promotedWorld>, node: string) =>
  world.status.unfinishedNodes?.find(({ name }) => name === node)?.state ?? "Done";

describe("a node that is away", () => {
  test("is deferred, and holds up neither its wave nor the promotion", () => {
    const world = promotedWorld();
    world.disconnect("n3");
    world.wish({ networks: "b" });
    world.until(() => world.status.champion === next);
    expect(world.status).toMatchObject({ state: "Promoted", progress: "2/3", nodes: { deferred: 1, failed: 0 } });
    expect(world.events).toContain("NodeDeferred");
  });

  test("counts as present until the grace is over", () => {
    const world = promotedWorld();
    world.wish({ networks: "b" });
    world.settle();
    world.disconnect("n1");
    world.advance(20_000);
    world.settle();
    expect(stateOf(world, "n1")).toBe("Building");
    expect(world.plan().at(-1)).toEqual({ type: "Requeue", after: 10_000 });
    world.advance(10_000);
    world.settle();
    expect(stateOf(world, "n1")).toBe("Deferred");
    expect(world.store.list("EngineBuild").at(-1)!.status).toMatchObject({ state: "Deferred" });
  });

  test("passes its own gate when it returns after the promotion", () => {
    const world = promotedWorld();
    world.disconnect("n3");
    world.wish({ networks: "b" });
    world.until(() => world.status.champion === next);
    world.settle();
    world.events.length = 0;
    world.reconnect("n3");
    world.rest();
    expect(world.serving("n3")).toBe(next);
    const way = [
      "NodeReturned",
      "BuildStarted",
      "EnginesBuilt",
      "GatePassed",
      "ShadowStarted",
      "ShadowPassed",
      "Activated",
    ];
    expect(world.events.filter((event) => event !== "WavePassed")).toEqual([...way, "NodeDone"]);
    expect(world.status).toMatchObject({ state: "Promoted", progress: "3/3" });
  });

  test("stays on the champion when it fails its own gate after the promotion, which stands", () => {
    const world = promotedWorld();
    world.disconnect("n3");
    world.wish({ networks: "b" });
    world.until(() => world.status.champion === next);
    world.qualities.set(`${next}/n3`, { shadow: "Bad" });
    world.reconnect("n3");
    world.rest();
    expect(world.serving("n3")).toBe(world.champion);
    expect(world.status).toMatchObject({ state: "Promoted", champion: next, nodes: { done: 2, failed: 1 } });
    expect(stateOf(world, "n3")).toBe("Failed");
  });

  test("is tried again by a Retry of the promoted revision", () => {
    const world = promotedWorld();
    world.disconnect("n3");
    world.wish({ networks: "b" });
    world.until(() => world.status.champion === next);
    world.qualities.set(`${next}/n3`, { shadow: "Bad" });
    world.reconnect("n3");
    world.rest();
    world.qualities.clear();
    world.decide("Retry");
    world.rest();
    expect(world.serving("n3")).toBe(next);
    expect(world.status).toMatchObject({ state: "Promoted", progress: "3/3" });
  });

  test("does not let a wave pass by being its only one", () => {
    const world = promotedWorld();
    world.disconnect("n1");
    world.wish({ networks: "b" });
    world.rest();
    expect(world.status).toMatchObject({ state: "RollingOut", champion: world.champion });
    expect(world.status.conditions![0]).toMatchObject({ reason: "NodesAway" });
    expect(world.nothingLeft()).toEqual([]);
    world.reconnect("n1");
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next });
  });

  test("keeps the evidence of its shadow and goes on with it", () => {
    const world = promotedWorld();
    world.wish({ networks: "b" });
    world.until(() => stateOf(world, "n1") === "Shadowing", { step: 5_000 });
    const { trial } = world.runtime("n1")!.spec;
    world.disconnect("n1");
    world.advance(3_600_000);
    world.settle();
    expect(stateOf(world, "n1")).toBe("Deferred");
    expect(world.runtime("n1")!.spec.trial).toEqual(trial);
    world.reconnect("n1");
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next });
  });

  test("has its whole time to show something once it is back", () => {
    const world = promotedWorld({ n0: "canary", n1: "canary", n2: "rest" });
    world.qualities.set(`${next}/n1`, { shadow: "Quiet" });
    world.wish({ networks: "b" });
    world.until(() => stateOf(world, "n1") === "Shadowing", { step: 5_000 });
    world.disconnect("n1");
    world.until(() => world.status.champion === next);
    world.advance(25 * 3_600_000);
    world.settle();
    world.reconnect("n1");
    world.settle();
    expect(world.status).toMatchObject({ state: "Promoted", nodes: { failed: 0 } });
    expect(stateOf(world, "n1")).toBe("Shadowing");
    world.advance(23 * 3_600_000);
    world.settle();
    expect(stateOf(world, "n1")).toBe("Shadowing");
    world.advance(3_600_000);
    world.settle();
    expect(stateOf(world, "n1")).toBe("Failed");
  });

  test("is rolled back when it returns after the rollback", () => {
    const world = promotedWorld();
    world.qualities.set(`${next}/n3`, { soak: "Bad" });
    world.wish({ networks: "b" });
    world.until(() => stateOf(world, "n2") === "Soaking", { step: 5_000 });
    world.disconnect("n2");
    world.until(() => world.status.state === "RolledBack");
    expect(world.serving("n2")).toBe(next);
    world.reconnect("n2");
    world.rest();
    expect(world.serving("n2")).toBe(world.champion);
    expect(world.status.state).toBe("RolledBack");
  });

  test("whose Node object is gone stays a member, and is known by its NodeRuntime when it returns", () => {
    const world = promotedWorld();
    const node = world.nodes.get("n3")!;
    world.nodes.delete("n3");
    world.wish({ networks: "b" });
    world.until(() => world.status.champion === next);
    expect(world.status).toMatchObject({ nodes: { total: 3, deferred: 1 } });
    world.nodes.set("n3", node);
    world.reconnect("n3");
    world.rest();
    expect(world.serving("n3")).toBe(next);
    expect(world.events).toContain("ShadowPassed");
  });
});
