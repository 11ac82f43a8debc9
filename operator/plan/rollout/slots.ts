import type { SlotRevision } from "../../../crds/enginebuild.ts";
import type { NodeRuntime, NodeRuntimeSpec } from "../../../crds/noderuntime.ts";
import { fingerprint } from "../canonical.ts";

/** A run of one revision: what a trial and a failure are told apart by. */
export interface Run {
  readonly revision: string;
  /** RFC 3339. */
  readonly startedAt: string;
}

/** Where the slots of a node are on the way of a revision, as ordered. */
export type Position = "Idle" | "Shadow" | "Active";

type Phase = "Shadow" | "Soak";

/** Names the comparison of a candidate with a champion in one run: the same on every node, so that a wave can be pooled. */
export function trialId({ revision, startedAt }: Run, champion: string, phase: Phase): string {
  return `${revision}-${phase.toLowerCase()}-${fingerprint([revision, champion, startedAt, phase], 8)}`;
}

/** What a node's slots hold besides a revision that is on its way. */
export interface Incumbents {
  /** Revisions that were promoted. */
  readonly promoted: ReadonlySet<string>;
  /** Revisions that nothing may run. */
  readonly withdrawn: ReadonlySet<string>;
}

/**
 * What a node runs apart from the revision that it is to get, and goes back to if it must: of what is in its slots, a
 * promoted revision first, then what drives events. A revision that was replaced by another before it was promoted is
 * no champion, but serves where there is none. One that was withdrawn is never gone back to.
 */
export function incumbentOf(
  slots: NodeRuntimeSpec["slots"] | undefined,
  revision: string | undefined,
  { promoted, withdrawn }: Incumbents,
): SlotRevision | undefined {
  const others = [slots?.active, slots?.standby].filter(
    (slot) => slot !== undefined && slot.revision !== revision && !withdrawn.has(slot.revision),
  );
  return others.find((slot) => promoted.has(slot!.revision)) ?? others[0];
}

/**
 * Where a node's slots are on the way of a run. An order of an earlier run counts as none: the node starts over. The
 * active slot without a trial is the end of every way.
 */
export function positionOf({ slots, trial }: Pick<NodeRuntimeSpec, "slots" | "trial">, run: Run): Position {
  const { active, standby } = slots;
  if (active?.revision === run.revision) {
    const isOfRun = trial === undefined || standby === undefined || trial.id === trialId(run, standby.revision, "Soak");
    return isOfRun ? "Active" : "Idle";
  }
  if (standby?.revision !== run.revision || active === undefined) return "Idle";
  return trial?.id === trialId(run, active.revision, "Shadow") ? "Shadow" : "Idle";
}

/** Whether the runtime says that what was ordered for its active slot drives events. */
export function isServing({ spec, status }: Pick<NodeRuntime, "spec" | "status">): boolean {
  const { active } = status?.slots ?? {};
  const ordered = spec.slots.active;
  return active?.state === "Ready" && active.revision === ordered?.revision && active.engineKey === ordered.engineKey;
}

/** The node's report on the comparison that was ordered, if it has begun. */
export function trialReport({ spec, status }: Pick<NodeRuntime, "spec" | "status">) {
  return spec.trial !== undefined && status?.trial?.id === spec.trial.id ? status.trial : undefined;
}
