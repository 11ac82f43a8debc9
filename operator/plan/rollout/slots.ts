import type { SlotRevision } from "../../../crds/enginebuild.ts";
import type { NodeRuntime, NodeRuntimeSpec } from "../../../crds/noderuntime.ts";
import { fingerprint } from "../canonical.ts";

/** A run of one revision: what a trial and a failure are told apart by. */
export interface Run {
  readonly revision: string;
  /** RFC 3339. */
  readonly startedAt: string;
}

/**
 * Where the slots of a node are on the way of a revision, as ordered. Home: the revision is what the node has proven and
 * another was being compared with it.
 */
export type Position = "Idle" | "Shadow" | "Active" | "Home";

type Ordered = Pick<NodeRuntimeSpec, "slots" | "trial" | "galleries">;
type Terms = Omit<NonNullable<Ordered["trial"]>, "id">;

/**
 * Names the comparison of a candidate with a champion in one run, on these terms: with another gate, other probes or, in
 * shadow, other people it is another comparison, and what was shown before says nothing.
 */
export function trialId(
  { revision, startedAt }: Run,
  champion: string,
  terms: Terms,
  galleries: Ordered["galleries"],
): string {
  const { phase, gate, probes, gallery } = terms;
  const people = phase === "Shadow" ? galleries?.find(({ name }) => name === gallery)?.version : undefined;
  const content = [revision, champion, startedAt, phase, termsOf(gate, probes), people ?? null];
  return `${revision}-${phase.toLowerCase()}-${fingerprint(content, 8)}`;
}

/** A hash of what a gate asks for and of the pictures that it asks it on. How long it waits is no part of that. */
export function termsOf({ checks, alpha, minSamples }: Terms["gate"], probes: Terms["probes"]): string {
  return fingerprint({ checks, alpha, minSamples, probes: probes?.source.digest ?? null }, 16);
}

/**
 * What a node runs apart from what is on its way, and goes back to if it must: the champion's side of a comparison,
 * else what drives events.
 */
export function baseOf({ slots, trial }: Ordered): SlotRevision | undefined {
  return trial?.phase === "Soak" ? slots.standby : slots.active;
}

/** The base of a node that is on its way to a revision; none if that is the revision itself, or nothing may run it. */
export function incumbentOf(
  ordered: Ordered | undefined,
  revision: string | undefined,
  withdrawn: ReadonlySet<string>,
): SlotRevision | undefined {
  const base = ordered && baseOf(ordered);
  return base === undefined || base.revision === revision || withdrawn.has(base.revision) ? undefined : base;
}

/**
 * Where a node's slots are on the way of a run. A comparison of an earlier run counts as none: the node starts over. The
 * active slot without a comparison is the end of every way.
 */
export function positionOf({ slots, trial, galleries }: Ordered, run: Run): Position {
  const base = baseOf({ slots, trial });
  if (base?.revision === run.revision) return trial === undefined ? "Active" : "Home";
  if (base === undefined || trial === undefined) return "Idle";
  const candidate = trial.phase === "Soak" ? slots.active : slots.standby;
  if (candidate?.revision !== run.revision || trial.id !== trialId(run, base.revision, trial, galleries)) {
    return "Idle";
  }
  return trial.phase === "Soak" ? "Active" : "Shadow";
}

/** Whether the runtime says that what was ordered for its active slot drives events. */
export function isServing({ spec, status }: Pick<NodeRuntime, "spec" | "status">): boolean {
  const { active } = status?.slots ?? {};
  const ordered = spec.slots.active;
  return active?.state === "Ready" && active.revision === ordered?.revision && active.engineKey === ordered.engineKey;
}

/** Whether the runtime has seen what was last ordered: until then its verdict may be on something else. */
export function isCurrent({ metadata, status }: Pick<NodeRuntime, "metadata" | "status">): boolean {
  return status?.observedGeneration === undefined || status.observedGeneration >= metadata.generation;
}

/** The node's report on the comparison that was ordered, if it has begun. */
export function trialReport({ spec, status }: Pick<NodeRuntime, "spec" | "status">) {
  return spec.trial !== undefined && status?.trial?.id === spec.trial.id ? status.trial : undefined;
}
