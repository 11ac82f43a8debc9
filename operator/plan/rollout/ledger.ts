import type { EngineBuild, SlotRevision } from "../../../crds/enginebuild.ts";
import type { JobFact, ModelSnapshot } from "../snapshot.ts";
import { engineBuildStatus } from "../status/build.ts";
import type { Run } from "./slots.ts";

/** A build with what became of it. */
export interface Entry {
  /** As it is recorded. */
  readonly recorded: EngineBuild;
  /** With the status that this plan writes. */
  readonly build: EngineBuild;
  /** The latest of its Jobs. */
  readonly job?: JobFact;
  /** Jobs of earlier tries. */
  readonly earlier: readonly JobFact[];
}

/** The builds of a model. */
export interface Ledger {
  readonly entries: readonly Entry[];
  /** The latest build of a revision on a node. */
  latest(revision: string, node: string): Entry | undefined;
  /** The engines of a revision on a node, if they passed their gate there. */
  engines(revision: string, node: string): SlotRevision | undefined;
}

/** Reads the Jobs of every build, once. */
export function openLedger({ builds, jobs }: ModelSnapshot, away: ReadonlySet<string>, now: number): Ledger {
  const byBuild = Map.groupBy(jobs, ({ build }) => build);
  const entries = builds
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((build) => entryOf(build, byBuild.get(build.metadata.name) ?? [], away.has(build.spec.nodeName), now));
  const latest = new Map<string, Entry>();
  for (const entry of entries.toSorted((a, b) => a.build.spec.attempt - b.build.spec.attempt)) {
    latest.set(keyOf(entry.build.spec.revision, entry.build.spec.nodeName), entry);
  }
  const find = (revision: string, node: string) => latest.get(keyOf(revision, node));
  return { entries, latest: find, engines: (revision, node) => enginesOf(find(revision, node)?.build) };
}

function entryOf(recorded: EngineBuild, jobs: readonly JobFact[], away: boolean, now: number): Entry {
  const [job, ...earlier] = jobs.toSorted((a, b) => b.tries - a.tries);
  const build = { ...recorded, status: engineBuildStatus(recorded, job, away, now) };
  return { recorded, build, ...(job && { job }), earlier };
}

function keyOf(revision: string, node: string): string {
  return `${revision}/${node}`;
}

function enginesOf(build: EngineBuild | undefined): SlotRevision | undefined {
  const { state, engineKey } = build?.status ?? {};
  return build && state === "Succeeded" && engineKey !== undefined
    ? { revision: build.spec.revision, engineKey }
    : undefined;
}

/** Whether a build counts in a run: one that failed before the run began is over, and another is made. */
export function countsIn({ startedAt }: Run, { status }: EngineBuild): boolean {
  return status?.state !== "Failed" || Date.parse(status.finishedAt ?? startedAt) >= Date.parse(startedAt);
}
