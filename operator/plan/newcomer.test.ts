import { describe, expect, test } from "@jest/globals";
import { promotedWorld, revisionFor } from "./world/world.fake.ts";

const next = revisionFor({ networks: "b" });

/** A world with a champion whose only canary was exchanged for a node that has never run anything. */
function withNewCanary() {
  const world = promotedWorld();
  const { metadata } = world.store.get("NodeRuntime", "n1")!;
  world.store.delete({ kind: "NodeRuntime", name: "n1", uid: metadata.uid });
  world.nodes.delete("n1");
  world.addNode("n9", "canary");
  world.wish({ networks: "b" });
  return world;
}

describe("a node that has never run anything", () => {
  test("is given the champion before it compares the candidate with that", () => {
    const world = withNewCanary();
    world.until(() => world.serving("n9") !== undefined, { step: 5_000 });
    expect(world.serving("n9")).toBe(world.champion);
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next });
    expect(world.events.filter((event) => event === "ShadowPassed")).toHaveLength(3);
  });

  test("is no canary that lets a worse candidate through", () => {
    const world = withNewCanary();
    world.qualities.set(next, { shadow: "Bad" });
    world.rest();
    expect(world.status).toMatchObject({
      state: "RolledBack",
      failure: { gate: "Online", wave: "canary", node: "n9" },
    });
    for (const node of ["n9", "n2", "n3"]) expect(world.serving(node)).toBe(world.champion);
  });

  test("serves by the champion while it waits for the turn of its wave", () => {
    const world = promotedWorld();
    world.addNode("n4", "rest");
    world.qualities.set(next, { build: "Retryable" });
    world.wish({ networks: "b" });
    world.until(() => world.serving("n4") === world.champion);
    expect(world.status.unfinishedNodes?.find(({ name }) => name === "n4")?.state).toBe("Waiting");
    world.qualities.clear();
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next, progress: "4/4" });
  });

  test("goes on without the champion where that cannot be built", () => {
    const world = withNewCanary();
    world.qualities.set(`${world.champion}/n9`, { build: "Failure" });
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next, progress: "3/3" });
  });
});
