/** Objects as a real API server (1.36) gave them, with the parts left out that nothing reads. */

/** A Job of a build that has just been made. */
export const newJob = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: {
    name: "doors-zjrsqlun1w-n1-0",
    namespace: "facefleet",
    uid: "648a2d32-bf42-42fa-b834-5cc39474708d",
    resourceVersion: "343",
    generation: 1,
    creationTimestamp: "2026-11-24T12:02:32Z",
    labels: {
      "app.kubernetes.io/managed-by": "facefleet",
      "facefleet.dev/model": "doors",
      "facefleet.dev/node": "n1",
      "facefleet.dev/revision": "zjrsqlun1w",
      "facefleet.dev/try": "0",
    },
    ownerReferences: [
      {
        apiVersion: "facefleet.dev/v1alpha1",
        kind: "EngineBuild",
        name: "doors-zjrsqlun1w-n1",
        uid: "b0bc93d8-4555-4794-956f-019c4eb363d6",
        controller: true,
      },
    ],
    managedFields: [
      {
        manager: "facefleet-operator",
        operation: "Apply",
        apiVersion: "batch/v1",
        time: "2026-11-24T12:02:32Z",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:metadata": { "f:labels": { "f:facefleet.dev/model": {} } } },
      },
    ],
  },
  spec: { parallelism: 1, completions: 1, activeDeadlineSeconds: 1800, backoffLimit: 0 },
  status: { startTime: "2026-11-24T12:02:32Z", active: 1, terminating: 0, uncountedTerminatedPods: {}, ready: 0 },
};

const complete = (type: string) => ({
  type,
  status: "True",
  lastProbeTime: "2026-11-24T12:02:33Z",
  lastTransitionTime: "2026-11-24T12:02:33Z",
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
});

/** The status of a Job whose pod succeeded. */
export const completeJob = {
  conditions: [complete("SuccessCriteriaMet"), complete("Complete")],
  startTime: "2026-11-24T12:02:32Z",
  completionTime: "2026-11-24T12:02:33Z",
  succeeded: 1,
  terminating: 0,
  uncountedTerminatedPods: {},
  ready: 0,
};

const late = (type: string, time: string) => ({
  type,
  status: "True",
  lastProbeTime: time,
  lastTransitionTime: time,
  reason: "DeadlineExceeded",
  message: "Job was active longer than specified deadline",
});

/** The status of a Job whose time is over, while its pod is still being ended. */
export const overdueJob = {
  conditions: [late("FailureTarget", "2026-11-24T12:32:32Z")],
  startTime: "2026-11-24T12:02:32Z",
  terminating: 1,
};

/** The status of that Job once its pod has ended. */
export const failedJob = {
  conditions: [late("FailureTarget", "2026-11-24T12:32:32Z"), late("Failed", "2026-11-24T12:33:02Z")],
  startTime: "2026-11-24T12:02:32Z",
  failed: 1,
  terminating: 0,
};

/** The pod of {@link newJob}, bound to its node. */
export const newPod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    name: "doors-zjrsqlun1w-n1-0-ctwkv",
    generateName: "doors-zjrsqlun1w-n1-0-",
    namespace: "facefleet",
    uid: "a93a407d-a430-49ad-9ad4-7a0858023c97",
    resourceVersion: "346",
    generation: 1,
    creationTimestamp: "2026-11-24T12:02:32Z",
    labels: {
      "app.kubernetes.io/managed-by": "facefleet",
      "batch.kubernetes.io/job-name": "doors-zjrsqlun1w-n1-0",
      "facefleet.dev/model": "doors",
      "facefleet.dev/try": "0",
    },
    ownerReferences: [
      {
        apiVersion: "batch/v1",
        kind: "Job",
        name: "doors-zjrsqlun1w-n1-0",
        uid: "648a2d32-bf42-42fa-b834-5cc39474708d",
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  },
  status: {
    phase: "Pending",
    conditions: [
      { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime: "2026-11-24T12:02:32Z" },
    ],
    qosClass: "BestEffort",
  },
};

/** The status of its one container. */
export function container(state: object) {
  return { name: "build", state, lastState: {}, ready: false, restartCount: 0, image: "facefleet:1", imageID: "" };
}

/** A Node whose kubelet has reported. */
export const readyNode = {
  apiVersion: "v1",
  kind: "Node",
  metadata: {
    name: "n1",
    uid: "e0adb562-414b-4fa2-85b4-b46257216f07",
    resourceVersion: "314",
    creationTimestamp: "2026-11-24T12:02:20Z",
    labels: { "kubernetes.io/hostname": "n1", ring: "canary" },
    annotations: { "node.alpha.kubernetes.io/ttl": "0" },
  },
  spec: {},
  status: {
    capacity: { cpu: "64", memory: "256Gi", pods: "500" },
    conditions: [
      {
        type: "MemoryPressure",
        status: "False",
        lastHeartbeatTime: "2026-11-24T12:05:00Z",
        lastTransitionTime: "2026-11-24T12:02:20Z",
        reason: "KubeletHasSufficientMemory",
        message: "kubelet has sufficient memory available",
      },
      {
        type: "Ready",
        status: "True",
        lastHeartbeatTime: "2026-11-24T12:05:00Z",
        lastTransitionTime: "2026-11-24T12:02:27Z",
        reason: "KubeletReady",
        message: "kubelet is posting ready status",
      },
    ],
    images: [{ names: ["facefleet:1"], sizeBytes: 1 }],
  },
};
