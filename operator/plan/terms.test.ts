import { describe, expect, test } from "@jest/globals";
import { examples } from "../../crds/examples.ts";
import type { FaceModelSpec } from "../../crds/facemodel.ts";
import { promotedWorld, revisionFor } from "./world/world.fake.ts";

const next = revisionFor({ networks: "b" });
type Promoted = ReturnType<typeof promotedWorld>;

const online = (change: Partial<FaceModelSpec["gates"]["online"]>) => (spec: FaceModelSpec) => ({
  gates: { ...spec.gates, online: { ...spec.gates.online, ...change } },
});
/** More than 400 probes are needed for a margin this narrow. */
const tightened = (spec: FaceModelSpec) =>
  online({
    checks: spec.gates.online.checks.map((check) => ("margin" in check ? { ...check, margin: "0.005" } : check)),
  })(spec);

/** A world in which one node of the second wave soaks and the other, which has shown everything as well, waits for it. */
function midway(): Promoted {
  const world = promotedWorld();
  world.wish({ networks: "b" });
  world.until(() => ["n2", "n3"].some((node) => world.runtime(node)!.spec.trial?.phase === "Soak"), { step: 5_000 });
  return world;
}

const idOn = (world: Promoted, node: string) => world.runtime(node)!.spec.trial?.id;

describe("in the middle of a rollout", () => {
  test("a gate that asks for more is what every node is held to, and what was shown before it counts for nothing", () => {
    const world = midway();
    world.wish({ networks: "b", change: tightened });
    world.settle();
    expect(world.events).toContain("GateChanged");
    for (const node of ["n1", "n2", "n3"]) expect(world.serving(node)).not.toBe(undefined);
    expect(world.status.waves!.map(({ state, evidence }) => ({ state, evidence }))).toEqual([
      { state: "Running", evidence: undefined },
      { state: "Waiting", evidence: undefined },
    ]);
    world.rest();
    expect(world.status).toMatchObject({ state: "RolledBack", conditions: [{ reason: "OnlineInconclusive" }, {}] });
    for (const node of ["n1", "n2", "n3"]) expect(world.serving(node)).toBe(world.champion);
  });

  test("other probes are another gate", () => {
    const world = midway();
    const started = world.status.startedAt;
    world.advance(1000);
    const { source, ...spec } = examples.FaceDataset.spec;
    const digest = `sha256:${"f".repeat(64)}`;
    world.addDataset("probes", { ...spec, source: { ...source, digest } });
    world.settle();
    expect(world.status.startedAt).not.toBe(started);
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next });
  });

  test("a longer deadline is none, and probes that are missing for a while are none either", () => {
    const world = midway();
    const { startedAt } = world.status;
    const soaking = ["n1", "n2", "n3"].filter((node) => world.runtime(node)!.spec.trial?.phase === "Soak");
    const ids = soaking.map((node) => idOn(world, node));
    world.wish({ networks: "b", change: online({ deadline: "48h" }) });
    world.settle();
    const probes = world.store.get("FaceDataset", "probes")!;
    world.store.delete({ kind: "FaceDataset", name: "probes", uid: probes.metadata.uid });
    world.advance(1000);
    world.settle();
    world.addDataset("probes");
    world.settle();
    expect(soaking.map((node) => idOn(world, node))).toEqual(ids);
    expect(world.status.startedAt).toBe(startedAt);
  });

  test("a verdict on an earlier order does not count", () => {
    const world = promotedWorld();
    world.wish({ networks: "b" });
    world.until(() => world.runtime("n1")!.status?.trial?.verdict === "Inconclusive", { step: 5_000 });
    const report = (observedGeneration: number) => {
      const { status } = world.runtime("n1")!;
      const trial = { ...status!.trial!, verdict: "Success" };
      const object = world.store.get("NodeRuntime", "n1")!;
      world.store.applyStatus({ ...object, status: { ...status, trial, observedGeneration } });
      world.settle();
      return world.runtime("n1")!.spec.trial?.phase;
    };
    const { generation } = world.runtime("n1")!.metadata;
    expect(report(generation - 1)).toBe("Shadow");
    expect(report(generation)).toBe("Soak");
  });
});

describe("after the promotion", () => {
  test("another gate starts nothing anew, and holds for nodes that come late", () => {
    const world = promotedWorld();
    world.disconnect("n3");
    world.wish({ networks: "b" });
    world.until(() => world.status.champion === next);
    world.settle();
    const { startedAt } = world.status;
    world.wish({ networks: "b", change: tightened });
    world.reconnect("n3");
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", startedAt, nodes: { done: 2, failed: 1 } });
    expect(world.serving("n3")).toBe(world.champion);
  });
});
