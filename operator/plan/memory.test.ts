import { describe, expect, test } from "@jest/globals";
import { promotedWorld, revisionFor, settings } from "./world/world.fake.ts";

const next = revisionFor({ networks: "b" });
type Promoted = ReturnType<typeof promotedWorld>;

/** A world in which the candidate has just activated on the canary. */
function underWay(): Promoted {
  const world = promotedWorld();
  world.wish({ networks: "b" });
  world.until(() => world.runtime("n1")!.spec.slots.active?.revision === next);
  return world;
}

function skipped() {
  const world = underWay();
  const decision = world.decide("Skip");
  world.rest();
  world.advance(1000);
  return { world, decision };
}

const forget = (world: Promoted, name: string) => world.store.objects.delete(`RolloutDecision/${name}`);

describe("what was decided", () => {
  test("stays when a decision to skip is deleted", () => {
    const { world, decision } = skipped();
    forget(world, decision);
    world.rest();
    expect(world.status).toMatchObject({ state: "RolledBack", skipped: [{ revision: next }] });
    expect(world.serving("n1")).toBe(world.champion);
  });

  test("stays when the decision to retry what was skipped is deleted", () => {
    const { world } = skipped();
    const retry = world.decide("Retry");
    world.untilState("Promoted");
    world.rest();
    forget(world, retry);
    expect(world.nothingLeft()).toEqual([]);
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next });
    expect(world.status.skipped).toBeUndefined();
  });

  test("stays when spec goes to another revision and back, and is lifted by a Retry alone", () => {
    const { world, decision } = skipped();
    forget(world, decision);
    world.wish({});
    world.untilState("Promoted");
    world.wish({ networks: "b" });
    world.rest();
    expect(world.status.conditions![0]!.reason).toBe("Skipped");
    world.decide("Retry");
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next });
  });

  test("to retry a quarantine stays when the decision is deleted", () => {
    const world = promotedWorld();
    world.qualities.set(next, { shadow: "Bad" });
    world.wish({ networks: "b" });
    world.rest();
    world.qualities.clear();
    world.advance(1000);
    const retry = world.decide("Retry");
    world.settle();
    forget(world, retry);
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next });
  });

  test("is carried out by the next operator when one dies right after it has ruled", () => {
    const world = underWay();
    const decision = world.decide("Skip");
    world.lifetime = () => 1;
    world.reconcile();
    expect(world.store.get("RolloutDecision", decision)!.status).toMatchObject({ handledAt: expect.any(String) });
    expect(world.status.skipped).toBeUndefined();
    world.rest();
    expect(world.status).toMatchObject({ state: "RolledBack", skipped: [{ revision: next }] });
  });
});

describe("a quarantined revision under another image of the operator", () => {
  function upgraded(): Promoted {
    const world = promotedWorld();
    world.qualities.set(next, { shadow: "Bad" });
    world.wish({ networks: "b" });
    world.rest();
    world.settings = { ...settings, runtimeImage: "facefleet:2" };
    world.advance(60_000);
    world.rest();
    return world;
  }

  test("is held as well, and the status says by what", () => {
    const world = upgraded();
    expect(world.status).toMatchObject({ state: "Quarantined", revision: world.wanted, champion: world.champion });
    expect(world.wanted).not.toBe(next);
    expect(world.status.conditions![0]!.message).toContain(
      `${next}, of which ${world.wanted} differs in the operator's image only`,
    );
    expect(JSON.stringify(world.store.list("EngineBuild"))).not.toContain(world.wanted);
    expect(world.serving("n1")).toBe(world.champion);
  });

  test("is taken up by a Retry", () => {
    const world = upgraded();
    world.decide("Retry");
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: world.wanted });
    expect(world.status.quarantined).toBeUndefined();
  });
});
