import { describe, expect, test } from "@jest/globals";
import { validEngineBuild } from "../../test/support/builders.ts";
import { buildJob } from "../plan/build/job.ts";
import { outcomeOf } from "../plan/build/outcome.ts";
import type { PodFact } from "../plan/snapshot.ts";
import { joinJob, pickJob } from "./job.ts";
import { completeJob, container, failedJob, newJob, newPod, overdueJob } from "./objects.fake.ts";
import { pickPod } from "./pod.ts";

const report = JSON.stringify({ verdict: "Success", engineKey: "zjrsqlun1w-n1", message: "all checks passed" });
const terminated = { exitCode: 0, reason: "Completed", message: report };
const pod = (status: object) => pickPod({ ...newPod, status });
const ended = pod({ phase: "Succeeded", containerStatuses: [container({ terminated })] });

describe("a Job is", () => {
  const begun = { startedAt: "2026-11-24T12:02:32Z" };
  test.each<[string, object, object]>([
    ["active when it has begun", newJob.status, { state: "Active", ...begun }],
    ["active before anybody has looked at it", {}, { state: "Active" }],
    ["active while its end is only announced", overdueJob, { state: "Active", ...begun }],
    ["complete", completeJob, { state: "Complete", ...begun, finishedAt: "2026-11-24T12:02:33Z" }],
    [
      "failed, with the reason",
      failedJob,
      { state: "Failed", ...begun, finishedAt: "2026-11-24T12:33:02Z", reason: "DeadlineExceeded" },
    ],
    [
      "active when a condition says what is not so",
      { conditions: [{ type: "Failed", status: "False", reason: "None" }] },
      { state: "Active" },
    ],
  ])("%s", (_, status, expected) => {
    const of = { name: newJob.metadata.name, uid: newJob.metadata.uid, build: "doors-zjrsqlun1w-n1", tries: 0 };
    expect(pickJob({ ...newJob, status }).fact).toEqual({ ...of, ...expected });
  });

  test.each([
    ["3", 3],
    ["many", 0],
    [undefined, 0],
  ])("of the try that its label tells, %p", (label, tries) => {
    const labels = label === undefined ? {} : { "facefleet.dev/try": label };
    expect(pickJob({ ...newJob, metadata: { ...newJob.metadata, labels } }).fact.tries).toBe(tries);
  });
});

test("of a Job neither its template nor who manages its fields is kept", () => {
  const job = pickJob(newJob);
  expect(Object.keys(job)).toEqual(["apiVersion", "kind", "metadata", "fact"]);
  expect(job.metadata).not.toHaveProperty("managedFields");
});

describe("of a pod it is known", () => {
  const scheduled = newPod.status.conditions;
  const unscheduled = { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/5 nodes fit" };
  test.each<[string, object, PodFact]>([
    ["that it has not begun", newPod.status, { started: false }],
    [
      "that it fits nowhere",
      { phase: "Pending", conditions: [unscheduled] },
      { started: false, reason: "Unschedulable", message: "0/5 nodes fit" },
    ],
    [
      "that its image cannot be had",
      {
        phase: "Pending",
        containerStatuses: [container({ waiting: { reason: "ImagePullBackOff", message: "back-off" } })],
      },
      { started: false, reason: "ImagePullBackOff", message: "back-off" },
    ],
    [
      "nothing of a wait that is soon over",
      {
        phase: "Pending",
        conditions: scheduled,
        containerStatuses: [container({ waiting: { reason: "ContainerCreating" } })],
      },
      { started: false },
    ],
    ["that it runs", { phase: "Running", containerStatuses: [container({ running: {} })] }, { started: true }],
    [
      "that it took too much memory",
      { phase: "Failed", containerStatuses: [container({ terminated: { exitCode: 137, reason: "OOMKilled" } })] },
      { started: true, reason: "OOMKilled" },
    ],
    [
      "that it was evicted, which is not its own doing",
      {
        phase: "Failed",
        reason: "Evicted",
        message: "The node was low on resource: ephemeral-storage.",
        conditions: [{ type: "DisruptionTarget", status: "True", reason: "TerminationByKubelet" }],
        containerStatuses: [container({ terminated: { exitCode: 137, reason: "Error" } })],
      },
      {
        started: true,
        disrupted: true,
        reason: "Evicted",
        message: "The node was low on resource: ephemeral-storage.",
      },
    ],
    ...["Unknown", "ContainerStatusUnknown"].map((reason): [string, object, PodFact] => [
      `that its end was not seen (${reason}), as in a power cut, which is not its own doing`,
      { phase: "Failed", containerStatuses: [container({ terminated: { exitCode: 255, reason } })] },
      { started: true, disrupted: true, reason },
    ]),
    [
      "what its own container does, not one that a mesh put beside it",
      {
        phase: "Running",
        containerStatuses: [
          { ...container({ running: {} }), name: "proxy" },
          container({ waiting: { reason: "ErrImagePull" } }),
        ],
      },
      { started: false, reason: "ErrImagePull" },
    ],
  ])("%s", (_, status, fact) => expect(pod(status).fact).toEqual(fact));

  test("by the name that a build's container is given", () => {
    const build = validEngineBuild();
    const settings = { runtimeImage: "i", storePath: "/s", hostRoot: "/", evidenceInterval: "30s", awayAfter: 1 };
    const { spec } = buildJob(build, 0, settings) as unknown as {
      spec: { template: { spec: { containers: { name: string }[] } } };
    };
    expect(spec.template.spec.containers.map(({ name }) => name)).toEqual([container({}).name]);
  });

  test("no more of a message than a person reads", () => {
    const message = "x".repeat(5_000);
    expect(pod({ phase: "Failed", reason: "Evicted", message }).fact.message).toHaveLength(1_024);
  });
});

describe("a Job and its pod together", () => {
  const job = pickJob({ ...newJob, status: completeJob });
  const running = pod({ phase: "Running", containerStatuses: [container({ running: {} })] });

  test("give the report", () => {
    expect(joinJob(job, [ended])).toMatchObject({ state: "Complete", report: JSON.parse(report) });
  });

  test("are active until the pod is seen to end too: a report that is late is not one that is missing", () => {
    const behind = joinJob(job, [running]);
    expect(behind).toEqual({ ...pickJob(newJob).fact, pod: { started: true } });
    expect(outcomeOf(behind).type).toBe("Running");
    expect(outcomeOf(joinJob(job, [ended])).type).toBe("Succeeded");
  });

  test("say nothing of a report that is none", () => {
    const cut = { ...terminated, message: report.slice(0, 20) };
    const silent = joinJob(job, [pod({ phase: "Succeeded", containerStatuses: [container({ terminated: cut })] })]);
    expect(silent).not.toHaveProperty("report");
  });

  test("are the Job alone once its pod is gone", () => {
    expect(joinJob(job, [])).toEqual(job.fact);
  });

  test("go by the newest pod", () => {
    const older = { ...running, metadata: { ...running.metadata, creationTimestamp: "2026-11-24T12:02:31Z" } };
    expect(joinJob(job, [ended, older]).state).toBe("Complete");
    expect(joinJob(job, [older, ended]).state).toBe("Complete");
  });
});
