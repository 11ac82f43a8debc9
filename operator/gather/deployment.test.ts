import { describe, expect, test } from "@jest/globals";
import { validFaceModel } from "../../test/support/builders.ts";
import { buildDeployment } from "../plan/build/deployment.ts";
import { applyIfChanged } from "../plan/build/fresh.ts";
import { deploymentFact, nodeOf, pickDeployment } from "./deployment.ts";

const settings = { runtimeImage: "i", storePath: "/s", hostRoot: "/", evidenceInterval: "30s", awayAfter: 1 };
const metadata = { name: "doors-runtime-n1", namespace: "facefleet", uid: "d", resourceVersion: "1" };
const named = { apiVersion: "apps/v1", kind: "Deployment", metadata };
const progressing = (status: string, reason: string, message?: string) => ({
  conditions: [
    { type: "Available", status: "False", reason: "MinimumReplicasUnavailable" },
    { type: "Progressing", status, reason, ...(message !== undefined && { message }) },
  ],
});

describe("a Deployment", () => {
  test.each<[string, object | undefined, object]>([
    ["is not available before anybody has looked at it", undefined, { available: false }],
    ["is available once its pod is ready", { updatedReplicas: 1, availableReplicas: 1 }, { available: true }],
    ["is not available by a pod of an earlier template", { availableReplicas: 1 }, { available: false }],
    [
      "is available since its pod became ready, whenever that was",
      {
        ...{ updatedReplicas: 1, availableReplicas: 1 },
        conditions: [{ type: "Available", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }],
      },
      { available: true, since: "2026-01-01T00:00:00Z" },
    ],
    ["is on its way while it makes progress", progressing("True", "ReplicaSetUpdated"), { available: false }],
    [
      "is stuck when it makes none, and says why",
      progressing("False", "ProgressDeadlineExceeded", "timed out progressing"),
      { available: false, stuck: "timed out progressing" },
    ],
    [
      "is stuck for a reason when there is no message",
      progressing("False", "FailedCreate"),
      { available: false, stuck: "FailedCreate" },
    ],
  ])("%s", (_, status, fact) => expect(pickDeployment({ ...named, ...(status && { status }) }).fact).toEqual(fact));

  test("is neither available nor stuck for what was said of an earlier template", () => {
    const status = { observedGeneration: 3, updatedReplicas: 1, availableReplicas: 1, ...progressing("False", "Late") };
    const factAt = (generation: number) =>
      pickDeployment({ ...named, metadata: { ...metadata, generation }, status }).fact;
    expect([factAt(3), factAt(4)]).toEqual([{ available: true, stuck: "Late" }, { available: false }]);
  });

  test("is of the node that its pods are bound to", () => {
    const spec = { template: { spec: { nodeSelector: { "kubernetes.io/hostname": "n1" } } } };
    expect([nodeOf(pickDeployment({ ...named, spec })), nodeOf(pickDeployment(named))]).toEqual(["n1", undefined]);
  });

  test("that the server gives back with null for an empty list is the one that was wanted", () => {
    const order = {
      node: "n1",
      runtime: { apiVersion: "facefleet.dev/v1alpha1", kind: "NodeRuntime", metadata: { name: "n1", uid: "r" } },
      recipe: { image: "i", engine: { backend: "Auto", scope: "Node" } },
      secrets: [],
    } as const;
    const wanted = buildDeployment(validFaceModel(), order, settings);
    const [action] = applyIfChanged(wanted, undefined);
    const applied = (action as unknown as { object: object }).object;
    const text = JSON.stringify(applied).replace('"sources":[]', '"sources":null');
    expect(text).toContain("null");
    const given = JSON.parse(text) as Parameters<typeof pickDeployment>[0];
    const live = { ...given, metadata: { ...given.metadata, uid: "d", resourceVersion: "1" } };
    expect(applyIfChanged(wanted, deploymentFact(pickDeployment(live)).object)).toEqual([]);
  });
});
