import type { Condition } from "../../crds/shared.ts";
import type { NodeRuntimeStatus } from "../../crds/noderuntime.ts";

/** What a node's status is made from. */
export interface Facts {
  generation: number;
  slots: NonNullable<NodeRuntimeStatus["slots"]>;
  trial: NodeRuntimeStatus["trial"];
  swappedBack: NodeRuntimeStatus["swappedBack"];
  galleries: NonNullable<NodeRuntimeStatus["galleries"]>;
  cameras: NonNullable<NodeRuntimeStatus["cameras"]>;
  rates: NodeRuntimeStatus["rates"];
  runtimeVersion: string;
}

/** The status of a node, from its facts; `past` is the one reported before, whose transition times are kept. */
export function writeStatus(facts: Facts, past: NodeRuntimeStatus | undefined, now: number): NodeRuntimeStatus {
  const { generation, trial, swappedBack, rates, ...parts } = facts;
  return {
    observedGeneration: generation,
    conditions: conditionsOf(facts, past?.conditions ?? [], now),
    ...parts,
    ...(trial && { trial }),
    ...(swappedBack && { swappedBack }),
    ...(rates && { rates }),
  };
}

/**
 * Whether a status tells something that should not wait: all of it but evidence that does not change a verdict, and
 * rates, which alone are never worth a write.
 */
export function isMaterial(status: NodeRuntimeStatus, past: NodeRuntimeStatus | undefined): boolean {
  return past === undefined || JSON.stringify(essence(status)) !== JSON.stringify(essence(past));
}

/** Whether evidence has grown since. */
export function hasNewEvidence(status: NodeRuntimeStatus, past: NodeRuntimeStatus | undefined): boolean {
  return JSON.stringify(evidenceOf(status)) !== JSON.stringify(evidenceOf(past));
}

function essence({ trial, rates, ...rest }: NodeRuntimeStatus) {
  return { ...rest, trial: trial && { id: trial.id, startedAt: trial.startedAt, verdict: trial.verdict } };
}

function evidenceOf(status: NodeRuntimeStatus | undefined) {
  return status?.trial?.evidence.map(({ metric, state }) => [metric, state]);
}

type Fault = { reason: string; message: string };

const healthy = { reason: "Serving", message: "the wanted revision drives events" };

function conditionsOf(facts: Facts, past: readonly Condition[], now: number): Condition[] {
  const fault = firstFault(facts);
  const ready = {
    type: "Ready",
    status: fault === undefined ? ("True" as const) : ("False" as const),
    ...(fault ?? healthy),
    observedGeneration: facts.generation,
  };
  const before = past.find(({ type }) => type === "Ready");
  const since = before?.status === ready.status ? before.lastTransitionTime : new Date(now).toISOString();
  return [{ ...ready, lastTransitionTime: since }];
}

function firstFault({ slots, swappedBack, galleries, cameras }: Facts): Fault | undefined {
  const { active, standby } = slots;
  if (swappedBack !== undefined) return { reason: "SwappedBack", message: swappedBack.message };
  if (active === undefined) return { reason: "NoRevision", message: "no revision is wanted of this node yet" };
  if (active.state === "Failed") return { reason: "ActiveFailed", message: active.message ?? "the active slot failed" };
  if (active.state === "Loading") return { reason: "Loading", message: `revision ${active.revision} is being loaded` };
  if (standby?.state === "Failed")
    return { reason: "StandbyFailed", message: standby.message ?? "the standby slot failed" };
  const gallery = galleries.find(({ message }) => message !== undefined);
  if (gallery !== undefined)
    return { reason: "GalleryIncomplete", message: `gallery ${gallery.name}: ${gallery.message}` };
  const camera = cameras.find(({ state }) => state === "Failed");
  if (camera !== undefined)
    return { reason: "CameraFailed", message: `camera ${camera.name}: ${camera.message ?? "no frames"}` };
  return undefined;
}
