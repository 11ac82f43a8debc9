import { describe, expect, test } from "@jest/globals";
import type { FaceModelSpec } from "../../crds/facemodel.ts";
import { specFor, promotedWorld, revisionFor, World } from "./world/world.fake.ts";

const next = revisionFor({ networks: "b" });
const builds = (world: World) => world.store.list("EngineBuild").map(({ metadata }) => metadata.name);
const approvalIn = (index: number) => (spec: FaceModelSpec) => ({
  rollout: {
    ...spec.rollout,
    waves: spec.rollout.waves.map((w, i) => (i === index ? { ...w, approval: "Required" as const } : w)),
  },
});

describe("a spec that changes in the middle of a rollout", () => {
  test("replaces the candidate and leaves the champion", () => {
    const world = promotedWorld();
    world.wish({ networks: "b" });
    world.until(() => world.runtime("n1")!.spec.slots.active?.revision === next);
    const third = revisionFor({ networks: "c" });
    world.wish({ networks: "c" });
    world.settle();
    expect(world.runtime("n1")!.spec.slots).toEqual({ active: expect.objectContaining({ revision: world.champion }) });
    expect(builds(world).filter((name) => name.includes(next))).toEqual([]);
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: third });
    expect(world.status.history!.map(({ revision }) => revision)).toEqual([third, world.champion]);
  });

  test("back to the champion is promoted at once", () => {
    const world = promotedWorld();
    world.wish({ networks: "b" });
    world.until(() => world.runtime("n1")!.spec.slots.active?.revision === next);
    world.wish({});
    world.settle();
    expect(world.status).toMatchObject({ state: "Promoted", champion: world.champion });
    expect(world.runtime("n1")!.spec).not.toHaveProperty("trial");
    world.rest();
    expect(world.serving("n1")).toBe(world.champion);
  });
});

describe("a revision of the history", () => {
  test("is built on no node again, and passes the shadow all the same", () => {
    const world = promotedWorld();
    world.wish({ networks: "b" });
    world.until(() => world.status.champion === next);
    world.settle();
    const before = builds(world).toSorted();
    world.events.length = 0;
    world.wish({});
    world.until(() => world.status.champion === world.champion);
    world.settle();
    expect(builds(world).toSorted()).toEqual(before);
    expect(world.events).not.toContain("BuildStarted");
    expect(world.events.filter((event) => event === "ShadowPassed")).toHaveLength(3);
  });

  test("is collected once it is beyond the limit, with its builds, Jobs and record", () => {
    const world = promotedWorld();
    for (const networks of ["b", "c", "d"]) {
      world.wish({ networks, change: () => ({ revisionHistoryLimit: 1 }) });
      world.until(() => world.status.champion === revisionFor({ networks }));
      world.settle();
    }
    const kept = ["c", "d"].map((networks) => revisionFor({ networks }));
    const named = (kind: string) =>
      world.store.list(kind).map(({ metadata }) => metadata.labels!["facefleet.dev/revision"]);
    for (const kind of ["EngineBuild", "Job", "ConfigMap", "ControllerRevision"]) {
      expect(new Set(named(kind))).toEqual(new Set(kept));
    }
  });
});

describe("a suspended model", () => {
  test("changes nothing on nodes, and goes on where it was", () => {
    const world = promotedWorld();
    world.wish({ networks: "b" });
    world.until(() => world.runtime("n1")!.spec.trial?.phase === "Shadow", { step: 5_000 });
    world.wish({ networks: "b", change: () => ({ suspend: true }) });
    world.onAction = (action) => expect(action.type).toMatch(/^(ApplyStatus|Event)$/);
    world.rest();
    expect(world.status.state).toBe("Suspended");
    expect(world.status.conditions!.map(({ type }) => type)).toEqual(["Ready"]);
    world.onAction = () => undefined;
    world.wish({ networks: "b" });
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next });
  });
});

describe("a wave that requires approval", () => {
  test("waits for a decision, and begins with it", () => {
    const world = promotedWorld();
    world.wish({ networks: "b", change: approvalIn(1) });
    world.rest();
    expect(world.status).toMatchObject({ state: "AwaitingApproval" });
    expect(builds(world).filter((name) => name.includes(next))).toEqual([`doors-${next}-n1`]);
    const name = world.decide("Approve", { wave: "rest" });
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next });
    expect(world.store.get("RolloutDecision", name)!.status).toMatchObject({
      conditions: [{ status: "True", reason: "Approved" }],
    });
  });

  test("takes an approval that came before it", () => {
    const world = promotedWorld();
    world.wish({ networks: "b", change: approvalIn(1) });
    world.settle();
    world.decide("Approve");
    world.rest();
    expect(world.status.champion).toBe(next);
  });

  test("does not take the approval of an earlier run", () => {
    const world = promotedWorld();
    world.wish({ networks: "b", change: approvalIn(1) });
    world.settle();
    world.decide("Approve");
    world.advance(1000);
    world.settle();
    world.wish({});
    world.rest();
    world.wish({ networks: "b", change: approvalIn(1) });
    world.rest();
    expect(world.status.state).toBe("AwaitingApproval");
  });
});

describe("a decision", () => {
  test("to abort rolls back and quarantines", () => {
    const world = promotedWorld();
    world.wish({ networks: "b" });
    world.until(() => world.runtime("n1")!.spec.slots.active?.revision === next);
    world.decide("Abort");
    world.rest();
    expect(world.status).toMatchObject({
      state: "RolledBack",
      failure: { gate: "Decision", blame: "Unknown" },
      quarantined: [{ revision: next }],
    });
    expect(world.serving("n1")).toBe(world.champion);
  });

  test("to skip leaves the revision aside without quarantine, until a Retry", () => {
    const world = promotedWorld();
    world.wish({ networks: "b" });
    world.until(() => world.runtime("n1")!.spec.slots.active?.revision === next);
    world.decide("Skip");
    world.rest();
    expect(world.status).toMatchObject({
      state: "RolledBack",
      conditions: [{ reason: "Skipped" }, { type: "Stalled" }],
    });
    expect(world.status.quarantined).toBeUndefined();
    expect(world.serving("n1")).toBe(world.champion);
    world.advance(1000);
    world.decide("Retry");
    world.rest();
    expect(world.status.champion).toBe(next);
  });

  test("to abort ends a pause", () => {
    const world = promotedWorld();
    world.qualities.set(next, { shadow: "Bad" });
    world.wish({ networks: "b", change: ({ rollout }) => ({ rollout: { ...rollout, onFailure: "Pause" } }) });
    world.rest();
    world.decide("Abort");
    world.rest();
    expect(world.status).toMatchObject({ state: "RolledBack", failure: { gate: "Decision" } });
  });

  test.each([
    ["on a revision that nobody knows", "Abort", { revision: "zzzzzzzzzz" }, "RevisionNotFound", false],
    ["to abort what is promoted", "Abort", {}, "AlreadyPromoted", true],
    ["to retry what is well", "Retry", {}, "NothingToRetry", true],
    ["to approve a wave that is not there", "Approve", { wave: "third" }, "WaveNotFound", true],
  ] as const)("%s is refused with a reason, once", (_, decision, extra, reason, isHandled) => {
    const world = promotedWorld();
    const name = world.decide(decision, extra);
    world.settle();
    const { status } = world.store.get("RolloutDecision", name)!;
    expect(status).toMatchObject({ conditions: [{ type: "Ready", status: "False", reason }, { type: "Stalled" }] });
    expect("handledAt" in (status as object)).toBe(isHandled);
    expect(world.status.state).toBe("Promoted");
    expect(world.nothingLeft()).toEqual([]);
  });

  test("that was refused has no effect later on", () => {
    const world = promotedWorld();
    world.wish({ networks: "b" });
    world.until(() => world.status.champion === next);
    world.decide("Abort", { revision: world.champion });
    world.settle();
    world.wish({});
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: world.champion });
  });
});

describe("no progress", () => {
  test("for longer than the deadline stalls, and goes on when there is some", () => {
    const world = promotedWorld();
    world.qualities.set(next, { build: "Retryable" });
    world.wish({ networks: "b" });
    world.until(() => world.status.conditions![0]!.reason === "ProgressDeadlineExceeded");
    expect(world.status).toMatchObject({ state: "RollingOut", conditions: [{ status: "False" }, { type: "Stalled" }] });
    world.qualities.clear();
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", champion: next });
  });
});

describe("a model that waits", () => {
  test("names the dataset that is missing, and begins when it comes", () => {
    const world = new World();
    const gate = world.store.get("FaceDataset", "gate")!;
    world.store.delete({ kind: "FaceDataset", name: "gate", uid: gate.metadata.uid });
    world.rest();
    expect(world.status).toMatchObject({
      state: "Pending",
      conditions: [{ reason: "DatasetNotFound" }, { type: "Stalled" }],
    });
    expect(world.status.conditions![0]!.message).toContain("spec.gates.offline.datasetRef");
    expect(builds(world)).toEqual([]);
    world.addDataset("gate");
    world.rest();
    expect(world.status.state).toBe("Promoted");
  });

  test("says so when it has no nodes", () => {
    const world = new World({});
    world.rest();
    expect(world.status).toMatchObject({
      state: "Pending",
      conditions: [{ reason: "NoNodes" }, { type: "Reconciling" }],
    });
  });

  test("does not take an empty canary for one that has passed", () => {
    const world = new World({ n2: "rest" });
    world.rest();
    expect(world.status).toMatchObject({
      state: "RollingOut",
      conditions: [{ reason: "WaveEmpty" }, { type: "Reconciling" }],
    });
    expect(builds(world)).toEqual([]);
    world.decide("Approve", { wave: "canary" });
    world.rest();
    expect(world.status.state).toBe("Promoted");
  });

  test("does not tell that an empty canary begins before it has a node", () => {
    const world = new World({ n2: "rest" });
    world.rest();
    expect(world.events).toEqual(["RevisionCreated", "WaveEmpty"]);
    world.addNode("n1", "canary");
    world.rest();
    expect(world.events.slice(2, 4)).toEqual(["WaveStarted", "BuildStarted"]);
    expect(world.events).not.toContain("WaveFailed");
  });

  test("for an older model names it, and takes the node when that lets go", () => {
    const world = new World();
    const older = { ...world.model, metadata: { ...world.model.metadata, name: "older" }, spec: specFor() };
    world.older = [{ ...older, spec: { ...older.spec, nodes: { matchLabels: { ring: "rest" } } } }];
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", nodes: { total: 1 } });
    const conflict = world.status.conditions!.find(({ type }) => type === "NodeConflict");
    expect(conflict?.message).toBe("nodes belong to an older FaceModel: n2, n3 to FaceModel older");
    world.older = [];
    world.rest();
    expect(world.status).toMatchObject({ state: "Promoted", progress: "3/3" });
    expect(world.status.conditions!.map(({ type }) => type)).toEqual(["Ready"]);
  });
});

describe("a node that is taken from the model", () => {
  test("loses its runtime, and only that", () => {
    const world = promotedWorld();
    world.nodes.delete("n3");
    world.addNode("n3", "canary");
    world.wish({
      change: (spec) => ({ ...spec, nodes: { matchExpressions: [{ key: "ring", operator: "In", values: ["rest"] }] } }),
    });
    world.rest();
    expect(world.runtime("n1")).toBeUndefined();
    expect(world.runtime("n2")).toBeDefined();
    expect(world.store.list("Deployment")).toHaveLength(1);
  });
});

test("a model that is deleted is left to its owner references", () => {
  const world = promotedWorld();
  const snapshot = world.snapshot();
  const metadata = { ...snapshot.model.metadata, deletionTimestamp: "2026-01-02T00:00:00Z" };
  expect(world.planOf({ ...snapshot, model: { ...snapshot.model, metadata } })).toEqual([]);
});
