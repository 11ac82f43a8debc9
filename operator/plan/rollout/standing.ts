import type { FaceModelStatus, Failure } from "../../../crds/facemodel.ts";
import type { Measurement } from "../../../crds/shared.ts";
import { timestamp } from "../duration.ts";
import { contentOf, type Recipe } from "../revision.ts";
import type { ModelSnapshot } from "../snapshot.ts";
import { type Docket, hear, heardBefore, type Hearing } from "./decisions.ts";

type Quarantine = NonNullable<FaceModelStatus["quarantined"]>[number];
type Promotion = NonNullable<FaceModelStatus["history"]>[number];
type Skip = NonNullable<FaceModelStatus["skipped"]>[number];

/** Most revisions of which it is remembered that they were skipped. Source: FaceModel.status.skipped. */
const MOST_SKIPPED = 32;

/**
 * How a rollout stands by what was recorded of it: what this plan may not forget or decide once more. A run is one
 * rollout of one revision under one online gate; it begins anew with another revision or gate and with a Retry.
 */
export interface Standing {
  readonly revision: string;
  readonly recipe: Recipe;
  /** RFC 3339. With the revision it names the run. */
  readonly startedAt: string;
  /** A hash of what the online gate asks, and on which probes; absent while these are missing. */
  readonly terms?: string;
  /** Nothing has been recorded of this run. */
  readonly isFresh: boolean;
  /** Promoted revisions, the latest first; the first is the champion. */
  readonly history: readonly Promotion[];
  readonly promoted: boolean;
  /** What stopped this run. */
  readonly failure?: Failure;
  /** What holds it back. */
  readonly quarantine?: Quarantine;
  /** Every revision that is quarantined. */
  readonly quarantined: readonly Quarantine[];
  readonly skipped: boolean;
  /** Every revision that is left aside. */
  readonly allSkipped: readonly Skip[];
  /** When the last decision took effect, RFC 3339. */
  readonly decidedAt?: string;
  readonly aborted?: Hearing;
  /** Names of waves that were approved. */
  readonly approved: ReadonlySet<string>;
  /** Names of waves that have passed. */
  readonly passed: ReadonlySet<string>;
  /** Pooled evidence by wave. */
  readonly evidence: ReadonlyMap<string, readonly Measurement[]>;
  readonly hearings: readonly Hearing[];
}

/** Reads the standing off the model's status and the decisions. */
export function standingOf(
  snapshot: ModelSnapshot,
  { revision, recipe, terms }: { revision: string; recipe: Recipe; terms: string | undefined },
  now: number,
): Standing {
  const { model, decisions } = snapshot;
  const { status = {} } = model;
  const before = rememberedIn(status);
  const wanted = { revision, content: contentOf(recipe), history: status.history ?? [] };
  const known = heardBefore(decisions)
    .filter((hearing) => isUnheard(hearing, before))
    .reduce(recall(wanted), before);
  const docket = docketOf(snapshot, wanted, known);
  const hearings = hear(decisions, docket, Math.max(now, known.decidedAt + 1));
  const memory = hearings.filter((hearing) => isUnheard(hearing, known)).reduce(recall(wanted), known);
  return settle({ snapshot, wanted, recipe, terms: terms ?? status.terms, memory, hearings, now });
}

/** What decisions have come to, whether or not they are still there. */
interface Memory {
  readonly quarantined: readonly Quarantine[];
  readonly skipped: readonly Skip[];
  /** When the last decision took effect that is reflected here, in milliseconds since the epoch. */
  readonly decidedAt: number;
  /** When the wanted revision was last retried, as far as the status does not show it yet. */
  readonly retriedAt?: number;
}

interface Wanted {
  readonly revision: string;
  readonly content: string;
  readonly history: readonly Promotion[];
}

function rememberedIn({ quarantined = [], skipped = [], decidedAt }: FaceModelStatus): Memory {
  return { quarantined, skipped, decidedAt: decidedAt === undefined ? -Infinity : Date.parse(decidedAt) };
}

/** It took effect, and the status does not show it: it is new, or an operator died before it had written that. */
function isUnheard({ outcome, at }: Hearing, { decidedAt }: Memory): boolean {
  return outcome === "Applies" && at! > decidedAt;
}

/** What a decision changes in what is remembered. What is promoted is never left aside. */
function recall({ revision, content, history }: Wanted) {
  return (memory: Memory, { decision: { spec }, at }: Hearing): Memory => {
    const decidedAt = Math.max(memory.decidedAt, at!);
    const skipped = memory.skipped.filter((entry) => entry.revision !== spec.revision);
    if (spec.decision === "Skip" && spec.revision !== history[0]?.revision) {
      const entry = { revision: spec.revision, time: timestamp(at!) };
      return { ...memory, decidedAt, skipped: [...skipped, entry].slice(-MOST_SKIPPED) };
    }
    if (spec.decision !== "Retry") return { ...memory, decidedAt };
    const isSame = (entry: Quarantine) =>
      entry.revision === spec.revision || (spec.revision === revision && entry.content === content);
    const quarantined = memory.quarantined.filter((entry) => !isSame(entry));
    return { ...memory, decidedAt, skipped, quarantined, ...(spec.revision === revision && { retriedAt: at! }) };
  };
}

function docketOf({ model, revisions }: ModelSnapshot, wanted: Wanted, memory: Memory): Docket {
  const { status = {}, spec } = model;
  const isSame = status.revision === wanted.revision;
  return {
    wanted: wanted.revision,
    known: new Set(revisions.map((record) => record.revision)),
    promoted: isPromoted(wanted),
    quarantined: quarantineOf(wanted, memory) !== undefined,
    skipped: isSkipped(wanted, memory),
    paused: isSame && status.failure !== undefined,
    failedNodes: isSame && (status.nodes?.failed ?? 0) > 0,
    waves: new Set(spec.rollout.waves.map(({ name }) => name)),
  };
}

function isPromoted({ revision, history }: Wanted): boolean {
  return history[0]?.revision === revision;
}

function isSkipped(wanted: Wanted, { skipped }: Memory): boolean {
  return !isPromoted(wanted) && skipped.some((entry) => entry.revision === wanted.revision);
}

/** The quarantine that holds a revision: its own, or that of one which differs from it by the operator's image only. */
function quarantineOf(wanted: Wanted, { quarantined }: Memory): Quarantine | undefined {
  if (isPromoted(wanted)) return undefined;
  const own = quarantined.find((entry) => entry.revision === wanted.revision);
  return own ?? quarantined.find((entry) => entry.content === wanted.content);
}

interface Findings {
  readonly snapshot: ModelSnapshot;
  readonly wanted: Wanted;
  readonly recipe: Recipe;
  readonly terms: string | undefined;
  readonly memory: Memory;
  readonly hearings: readonly Hearing[];
  readonly now: number;
}

function settle({ snapshot: { model }, wanted, recipe, terms, memory, hearings, now }: Findings): Standing {
  const { revision, history } = wanted;
  const { status = {}, spec } = model;
  const waves = spec.rollout.waves.map(({ name }) => name);
  const recorded = status.revision === revision ? Date.parse(status.startedAt ?? "") || 0 : 0;
  const areOthers = status.terms !== undefined && status.terms !== terms && !isPromoted(wanted);
  const isFresh = recorded === 0 || memory.retriedAt !== undefined || areOthers;
  const start = isFresh ? (memory.retriedAt ?? now) : recorded;
  const aborted = lastHeard(hearings, "Abort", revision);
  const quarantine = quarantineOf(wanted, memory);
  return {
    revision,
    recipe,
    startedAt: timestamp(start),
    isFresh,
    ...(terms !== undefined && { terms }),
    history,
    promoted: isPromoted(wanted),
    ...(!isFresh && status.failure && { failure: status.failure }),
    ...(quarantine && { quarantine }),
    quarantined: memory.quarantined,
    skipped: isSkipped(wanted, memory),
    allSkipped: memory.skipped.filter((entry) => entry.revision !== history[0]?.revision),
    ...(Number.isFinite(memory.decidedAt) && { decidedAt: timestamp(memory.decidedAt) }),
    ...(aborted !== undefined && aborted.at! >= start && { aborted }),
    approved: approvals(hearings, revision, start, waves),
    passed: new Set(isFresh ? [] : status.waves?.filter(({ state }) => state === "Passed").map(({ name }) => name)),
    evidence: new Map(isFresh ? [] : status.waves?.map(({ name, evidence = [] }) => [name, evidence])),
    hearings,
  };
}

function approvals(hearings: readonly Hearing[], revision: string, start: number, waves: readonly string[]) {
  const valid = hearings.filter(
    ({ decision: { spec }, outcome, at }) =>
      spec.decision === "Approve" && spec.revision === revision && outcome === "Applies" && at! >= start,
  );
  return new Set(valid.flatMap(({ decision }) => decision.spec.wave ?? waves));
}

function lastHeard(hearings: readonly Hearing[], kind: Hearing["decision"]["spec"]["decision"], revision: string) {
  return hearings
    .filter(
      ({ decision: { spec }, outcome }) =>
        spec.decision === kind && spec.revision === revision && outcome === "Applies",
    )
    .toSorted((a, b) => a.at! - b.at!)
    .at(-1);
}
