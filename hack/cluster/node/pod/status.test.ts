import { describe, expect, test } from "@jest/globals";
import type { ContainerState, Pod, PodStatus } from "../../api/wire.ts";
import { recoverRecord } from "./recovery.ts";
import { type ContainerRecord, disagrees, newRecord, type PodObservation, podPhase, podStatus } from "./status.ts";

const now = "2026-01-01T00:00:10Z";
const earlier = "2026-01-01T00:00:00Z";

const states: Record<string, ContainerState> = {
  waiting: { waiting: { reason: "ContainerCreating" } },
  running: { running: { startedAt: earlier } },
  succeeded: { terminated: { exitCode: 0 } },
  failed: { terminated: { exitCode: 1 } },
};

function record(state: keyof typeof states, more: Partial<ContainerRecord> = {}): ContainerRecord {
  return { ...newRecord("main", "image", "ContainerCreating"), state: states[state]!, ...more };
}
const backingOff = record("waiting", { lastState: states.failed! });

function observe(
  more: Partial<PodObservation>,
  spec: Partial<Pod["spec"]> = {},
  status: PodStatus = {},
): PodObservation {
  const pod: Pod = { metadata: { name: "p", generation: 2 }, spec: { containers: [], ...spec }, status };
  const rest = { podIP: "127.1.1.2", hostIP: "127.1.1.1", startTime: earlier, initContainers: [], containers: [] };
  return { pod, ...rest, prepared: true, finished: false, ...more };
}

describe("the phase of a pod", () => {
  test.each([
    [
      "is Pending while a container waits for its first start",
      "Always",
      [record("running"), record("waiting")],
      "Pending",
    ],
    ["is Running when all have been started", "Always", [record("running"), record("running")], "Running"],
    ["is Running while a container waits to be started again", "Always", [backingOff], "Running"],
    ["is Running when a container has ended that will be started again", "Always", [record("succeeded")], "Running"],
    ["is Running while one still runs", "Never", [record("succeeded"), record("running")], "Running"],
    ["is Succeeded when all have", "OnFailure", [record("succeeded"), record("succeeded")], "Succeeded"],
    [
      "is Running when one failed that will be tried again",
      "OnFailure",
      [record("succeeded"), record("failed")],
      "Running",
    ],
    ["is Failed when one failed for good", "Never", [record("succeeded"), record("failed")], "Failed"],
  ])("%s", (_, restartPolicy, containers, expected) => {
    expect(podPhase(observe({ containers }, { restartPolicy }))).toBe(expected);
  });

  test.each([
    ["is Pending while an init container runs", [record("running")], "Never", "Pending"],
    ["is Pending while an init container will be tried again", [record("failed")], "Always", "Pending"],
    ["is Failed when an init container failed for good", [record("failed")], "Never", "Failed"],
    ["goes on when every init container has succeeded", [record("succeeded")], "Never", "Running"],
  ])("%s", (_, initContainers, restartPolicy, expected) => {
    expect(podPhase(observe({ initContainers, containers: [record("running")] }, { restartPolicy }))).toBe(expected);
  });

  test.each([
    ["is Succeeded when a pod that was to end did so in order", [record("succeeded")], "Succeeded"],
    ["is Failed when it did not", [record("failed")], "Failed"],
    ["is Failed when it never started", [record("waiting")], "Failed"],
  ])("%s", (_, containers, expected) => {
    expect(podPhase(observe({ containers, finished: true }, { restartPolicy: "Always" }))).toBe(expected);
  });

  test("is Failed with the node's reason, whatever the containers do", () => {
    const failure = { reason: "DeadlineExceeded", message: "too long" };
    const status = podStatus(observe({ containers: [record("running")], failure }), now);
    expect(status).toMatchObject({ phase: "Failed", reason: "DeadlineExceeded", message: "too long" });
  });
});

describe("the conditions of a pod", () => {
  const conditions = (observation: PodObservation) =>
    Object.fromEntries(podStatus(observation, now).conditions!.map((each) => [each.type, each]));

  test("are all true when it is ready", () => {
    const ready = conditions(observe({ containers: [record("running", { ready: true })] }));
    expect(Object.values(ready).map((each) => each.status)).toEqual(["True", "True", "True", "True", "True"]);
  });

  test("name the containers that are not ready, and those that have not initialized", () => {
    const all = conditions(
      observe({ containers: [record("running", { name: "a" })], initContainers: [record("running", { name: "b" })] }),
    );
    expect(all.ContainersReady).toMatchObject({ status: "False", message: "containers with unready status: [a]" });
    expect(all.Initialized).toMatchObject({ status: "False", message: "containers with incomplete status: [b]" });
  });

  test("keep their time while they stay, and get a new one when they change", () => {
    const before = [
      { type: "Ready", status: "True", lastTransitionTime: earlier },
      { type: "PodScheduled", status: "True", lastTransitionTime: earlier },
    ];
    const all = conditions(observe({ containers: [record("running")] }, {}, { conditions: before }));
    expect(all.PodScheduled?.lastTransitionTime).toBe(earlier);
    expect(all.Ready).toMatchObject({ status: "False", lastTransitionTime: now });
  });

  test("wait for the readiness gates that others decide", () => {
    const spec = { readinessGates: [{ conditionType: "example.org/gate" }] };
    const containers = [record("running", { ready: true })];
    const closed = conditions(observe({ containers }, spec));
    expect(closed.Ready).toMatchObject({ status: "False", reason: "ReadinessGatesNotReady" });
    const opened = { conditions: [{ type: "example.org/gate", status: "True" }] };
    expect(conditions(observe({ containers }, spec, opened)).Ready?.status).toBe("True");
  });

  test.each([
    ["succeeded", "PodCompleted"],
    ["failed", "PodFailed"],
  ])("of a pod that has %s say so", (state, reason) => {
    const all = conditions(observe({ containers: [record(state)] }, { restartPolicy: "Never" }));
    expect(all.Ready).toMatchObject({ status: "False", reason });
  });
});

test("a published status disagrees when another has changed the phase or a condition, and only then", () => {
  const own = podStatus(observe({ containers: [record("running", { ready: true })] }), now);
  const notReady = own.conditions!.map((each) => (each.type === "Ready" ? { ...each, status: "False" } : each));
  const more = [...own.conditions!, { type: "DisruptionTarget", status: "True" }];
  expect(disagrees(own, own)).toBe(false);
  expect(disagrees({ ...own, conditions: more }, own)).toBe(false);
  expect(disagrees({ ...own, conditions: notReady }, own)).toBe(true);
  expect(disagrees({ ...own, phase: "Pending" }, own)).toBe(true);
  expect(disagrees(undefined, own)).toBe(true);
});

describe("after a power loss a container", () => {
  test("that ran has ended in an unknown way", () => {
    const { state, ready, started } = recoverRecord(record("running", { ready: true, started: true }), now);
    const terminated = { exitCode: 255, reason: "Unknown", startedAt: earlier, finishedAt: now };
    expect({ state, ready, started }).toEqual({ state: { terminated }, ready: false, started: false });
  });

  test("that waited to be started again is where it was before", () => {
    expect(recoverRecord(backingOff, now).state).toEqual(states.failed);
  });

  test.each(["waiting", "succeeded", "failed"])("that was %s is so still", (state) => {
    expect(recoverRecord(record(state), now).state).toEqual(states[state]);
  });
});
