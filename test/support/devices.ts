import type { BuildReport } from "../../crds/buildreport.ts";
import { labels } from "../../crds/annotations.ts";
import type { NodeRuntime, NodeRuntimeStatus } from "../../crds/noderuntime.ts";
import type { Client } from "../../operator/kit/client.ts";
import { isApiError } from "../../operator/kit/api-error.ts";
import { systemClock } from "../../operator/kit/clock.ts";
import { createLogger } from "../../operator/kit/log.ts";
import type { KubeObject } from "../../operator/kit/object.ts";
import { Reflector } from "../../operator/kit/reflector.ts";
import type { Resource } from "../../operator/kit/resource.ts";
import * as resources from "../../operator/resources.ts";

interface Pod extends KubeObject {
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly name: string }[] };
  readonly status?: { readonly phase?: string };
}

/** A Node that is ready and has room for pods; nothing runs on it. The cluster's grace period says how long it stays so. */
export async function addNode(client: Client, name: string, labels: Readonly<Record<string, string>>): Promise<void> {
  const metadata = { name, labels: { ...labels, "kubernetes.io/hostname": name } };
  await client.create(resources.nodes, { apiVersion: "v1", kind: "Node", metadata });
  await setReady(client, name, "True");
}

/** Says of a Node whether it is ready, in the place of its kubelet and of the node controller. */
export async function setReady(client: Client, name: string, status: "True" | "Unknown"): Promise<void> {
  const now = new Date().toISOString();
  const conditions = [{ type: "Ready", status, reason: "StandIn", lastHeartbeatTime: now, lastTransitionTime: now }];
  const room = { cpu: "64", memory: "256Gi", pods: "500" };
  const body = { status: { conditions, capacity: room, allocatable: room } };
  await client.patch(resources.nodes, { name }, { type: "merge", subresource: "status", body });
}

/** Devices of which nothing is real but what they tell the API server. */
export interface StandInDevices extends AsyncDisposable {
  /** Nodes that are away: nothing on them does or says anything. */
  readonly away: Set<string>;
}

/** What a build on a device ends with. */
export function reportFor(pod: KubeObject & { readonly spec: { readonly nodeName?: string } }): BuildReport {
  const revision = pod.metadata.labels?.[labels.revision] ?? "";
  return { verdict: "Success", engineKey: `${revision}-${pod.spec.nodeName ?? ""}`, message: "all checks passed" };
}

/**
 * Stands for the kubelets and runtimes of a namespace's nodes: a build's pod ends with a report, a runtime's pod is
 * ready, pods that are to go are gone, and a NodeRuntime reports the slots that it is told to hold. No model runs.
 */
export async function standInForDevices(client: Client, namespace: string): Promise<StandInDevices> {
  const parts = {
    client,
    clock: systemClock,
    random: Math.random,
    log: createLogger({ name: "devices", level: "silent" }),
  };
  const away = new Set<string>();
  const stop = new AbortController();
  const pods = new Reflector({ ...parts, namespace, resource: resources.pods as Resource<Pod>, pick: (pod) => pod });
  const runtimes = new Reflector({ ...parts, namespace, resource: resources.noderuntimes, pick: (runtime) => runtime });
  const running = [pods, runtimes].map((reflector) => reflector.run(stop.signal));
  await Promise.all([pods.synced, runtimes.synced]);
  const failures: unknown[] = [];
  const act = (deed: Promise<unknown>): void => {
    deed.catch((error: unknown) => {
      if (!stop.signal.aborted && !isApiError(error, "NotFound", "Conflict")) failures.push(error);
    });
  };
  const play = (runtime: NodeRuntime | undefined): void => {
    const pod = runtime && pods.cache.list().find((each) => isRunningOn(runtime.spec.nodeName, each));
    if (runtime !== undefined && pod !== undefined && !away.has(runtime.spec.nodeName))
      act(playRuntime(client, runtime));
  };
  pods.cache.subscribe(({ type, object }) => {
    const { nodeName } = object.spec;
    if (type === "Deleted" || nodeName === undefined || away.has(nodeName)) return;
    act(playKubelet(client, object));
    play(runtimes.cache.get(`${namespace}/${nodeName}`));
  });
  runtimes.cache.subscribe(({ type, object }) => {
    if (type !== "Deleted") play(object);
  });
  return {
    away,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(running);
      if (failures.length > 0) throw new AggregateError(failures, "a stand-in device failed");
    },
  };
}

/** Whether a pod is a runtime that runs on a node. */
function isRunningOn(node: string, { metadata, spec, status }: Pod): boolean {
  return spec.nodeName === node && status?.phase === "Running" && labels.model in (metadata.labels ?? {});
}

async function playKubelet(client: Client, pod: Pod): Promise<void> {
  const { metadata, status } = pod;
  if (metadata.deletionTimestamp !== undefined) {
    await client.delete(resources.pods, metadata, { uid: metadata.uid, gracePeriodSeconds: 0 });
  } else if (status?.phase === "Pending") {
    const body = { status: "batch.kubernetes.io/job-name" in (metadata.labels ?? {}) ? ended(pod) : ready(pod) };
    await client.patch(resources.pods, metadata, { type: "merge", subresource: "status", body });
  }
}

function ended(pod: Pod): object {
  const terminated = { exitCode: 0, reason: "Completed", message: JSON.stringify(reportFor(pod)) };
  return { phase: "Succeeded", containerStatuses: [{ ...containerOf(pod), ready: false, state: { terminated } }] };
}

function ready(pod: Pod): object {
  const startedAt = new Date().toISOString();
  return {
    phase: "Running",
    conditions: [{ type: "Ready", status: "True", lastTransitionTime: startedAt }],
    containerStatuses: [{ ...containerOf(pod), ready: true, started: true, state: { running: { startedAt } } }],
  };
}

function containerOf({ spec }: Pod) {
  return { name: spec.containers[0]!.name, image: "none", imageID: "none", restartCount: 0 };
}

async function playRuntime(client: Client, runtime: NodeRuntime): Promise<void> {
  const { metadata, spec, status } = runtime;
  const slots = slotsFor(spec.slots, status?.slots);
  if (JSON.stringify(slots) === JSON.stringify(status?.slots ?? {})) return;
  const body = { status: { slots: { active: slots.active ?? null, standby: slots.standby ?? null } } };
  await client.patch(resources.noderuntimes, metadata, { type: "merge", subresource: "status", body });
}

type Slots = NonNullable<NodeRuntimeStatus["slots"]>;

function slotsFor(wanted: NodeRuntime["spec"]["slots"], held: Slots = {}): Slots {
  const slot = (name: "active" | "standby"): Slots["active"] => {
    const order = wanted[name];
    const known = [held.active, held.standby].find((each) => each?.engineKey === order?.engineKey);
    return order && (known ?? { ...order, state: "Ready", since: new Date().toISOString() });
  };
  const [active, standby] = [slot("active"), slot("standby")];
  return { ...(active && { active }), ...(standby && { standby }) };
}
