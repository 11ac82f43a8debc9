import type { ContainerState, ContainerStatus, Pod, PodCondition, PodStatus } from "../../api/wire.ts";

/** What is known of one container: what happened, not yet what it means for the pod. */
export interface ContainerRecord {
  name: string;
  image: string;
  imageID: string;
  containerID?: string;
  restartCount: number;
  state: ContainerState;
  lastState?: ContainerState;
  /** Its startup probe has succeeded, or it has none and runs. */
  started: boolean;
  /** It runs, has started, and its readiness probe agrees. */
  ready: boolean;
}

/** Everything a pod's status follows from. */
export interface PodObservation {
  pod: Pod;
  podIP: string | undefined;
  hostIP: string;
  startTime: string;
  initContainers: ContainerRecord[];
  containers: ContainerRecord[];
  /** The volumes are there and the containers may start. */
  prepared: boolean;
  /** The node has ended the pod, for example because its deadline passed. */
  failure?: { reason: string; message: string };
  /** No container runs, and none will again. */
  finished: boolean;
}

/** A container that has not been started yet. */
export function newRecord(
  name: string,
  image: string,
  waiting: "PodInitializing" | "ContainerCreating",
): ContainerRecord {
  const state = { waiting: { reason: waiting } };
  return { name, image, imageID: "", restartCount: 0, state, started: false, ready: false };
}

/** The status a kubelet would report. Conditions that stay as they are keep their time of transition. */
export function podStatus(observation: PodObservation, now: string): PodStatus {
  const { pod, podIP, hostIP, startTime, failure } = observation;
  const phase = podPhase(observation);
  return {
    phase,
    conditions: podConditions(observation, phase, now),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(podIP !== undefined && { podIP, podIPs: [{ ip: podIP }] }),
    startTime,
    ...(failure && { reason: failure.reason, message: failure.message }),
    ...(pod.spec.initContainers && { initContainerStatuses: observation.initContainers.map(containerStatus) }),
    containerStatuses: observation.containers.map(containerStatus),
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
  };
}

/**
 * Whether what the API server has differs from what the node said in a way that matters: the control plane marks the
 * pods of a node it has lost as not ready, and only the node can take that back.
 */
export function disagrees(published: PodStatus | undefined, own: PodStatus): boolean {
  if (!published) return true;
  const statusOf = (status: PodStatus, type: string) => status.conditions?.find((each) => each.type === type)?.status;
  const types = own.conditions?.map((each) => each.type) ?? [];
  return published.phase !== own.phase || types.some((type) => statusOf(published, type) !== statusOf(own, type));
}

export type PodPhase = "Pending" | "Running" | "Succeeded" | "Failed";

/** Whether a pod of this phase is over for good. */
export function isTerminal(phase: string | undefined): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

export function podPhase({ pod, containers, initContainers, failure, finished }: PodObservation): PodPhase {
  if (failure) return "Failed";
  const policy = pod.spec.restartPolicy ?? "Always";
  if (initContainers.some((each) => hasFailed(each)) && (policy === "Never" || finished)) return "Failed";
  if (!initContainers.every(hasSucceeded)) return finished ? "Failed" : "Pending";
  if (finished && containers.every((each) => each.state.terminated)) {
    return containers.every(hasSucceeded) ? "Succeeded" : "Failed";
  }
  if (finished) return "Failed";
  if (containers.some((each) => each.state.waiting && !each.lastState?.terminated)) return "Pending";
  if (policy === "Always" || containers.some((each) => !each.state.terminated)) return "Running";
  if (containers.every(hasSucceeded)) return "Succeeded";
  return policy === "Never" ? "Failed" : "Running";
}

function hasSucceeded({ state }: ContainerRecord): boolean {
  return state.terminated?.exitCode === 0;
}

function hasFailed({ state }: ContainerRecord): boolean {
  return state.terminated !== undefined && state.terminated.exitCode !== 0;
}

function containerStatus(record: ContainerRecord): ContainerStatus {
  const { name, image, imageID, containerID, restartCount, state, lastState, started, ready } = record;
  return {
    name,
    image,
    imageID,
    ...(containerID !== undefined && { containerID }),
    restartCount,
    state,
    lastState: lastState ?? {},
    started,
    ready,
  };
}

interface Verdict {
  status: boolean;
  reason?: string;
  message?: string;
}

function podConditions(observation: PodObservation, phase: PodPhase, now: string): PodCondition[] {
  const containersReady = containersReadyVerdict(observation, phase);
  const verdicts: Record<string, Verdict> = {
    PodReadyToStartContainers: { status: observation.prepared && !isTerminal(phase) },
    Initialized: initializedVerdict(observation, phase),
    Ready: readyVerdict(observation.pod, containersReady),
    ContainersReady: containersReady,
    PodScheduled: { status: true },
  };
  const before = observation.pod.status?.conditions ?? [];
  return Object.entries(verdicts).map(([type, verdict]) => condition(type, verdict, observation.pod, before, now));
}

function condition(type: string, verdict: Verdict, pod: Pod, before: PodCondition[], now: string): PodCondition {
  const status = verdict.status ? "True" : "False";
  const previous = before.find((each) => each.type === type);
  return {
    type,
    status,
    lastTransitionTime: previous?.status === status ? (previous.lastTransitionTime ?? now) : now,
    ...(verdict.reason !== undefined && { reason: verdict.reason }),
    ...(verdict.message !== undefined && { message: verdict.message }),
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
  };
}

function initializedVerdict({ initContainers }: PodObservation, phase: PodPhase): Verdict {
  const incomplete = initContainers.filter((each) => !hasSucceeded(each)).map((each) => each.name);
  if (incomplete.length === 0)
    return phase === "Succeeded" ? { status: true, reason: "PodCompleted" } : { status: true };
  const message = `containers with incomplete status: [${incomplete.join(" ")}]`;
  return { status: false, reason: "ContainersNotInitialized", message };
}

function containersReadyVerdict({ containers }: PodObservation, phase: PodPhase): Verdict {
  if (phase === "Succeeded") return { status: false, reason: "PodCompleted" };
  if (phase === "Failed") return { status: false, reason: "PodFailed" };
  const unready = containers.filter((each) => !each.ready).map((each) => each.name);
  if (unready.length === 0) return { status: true };
  return {
    status: false,
    reason: "ContainersNotReady",
    message: `containers with unready status: [${unready.join(" ")}]`,
  };
}

function readyVerdict(pod: Pod, containersReady: Verdict): Verdict {
  if (!containersReady.status) return containersReady;
  const isTrue = (type: string) => pod.status?.conditions?.some((each) => each.type === type && each.status === "True");
  const unmet = (pod.spec.readinessGates ?? []).filter((gate) => !isTrue(gate.conditionType));
  if (unmet.length === 0) return { status: true };
  const message = unmet
    .map((gate) => `the status of pod readiness gate "${gate.conditionType}" is not "True"`)
    .join(", ");
  return { status: false, reason: "ReadinessGatesNotReady", message };
}
