import type { FaceModelStatus, Failure } from "../../../crds/facemodel.ts";
import type { Measurement } from "../../../crds/shared.ts";
import { timestamp } from "../duration.ts";
import type { Recipe } from "../revision.ts";
import type { ModelSnapshot } from "../snapshot.ts";
import { hear, heardBefore, type Hearing } from "./decisions.ts";

type Quarantine = NonNullable<FaceModelStatus["quarantined"]>[number];
type Promotion = NonNullable<FaceModelStatus["history"]>[number];

/**
 * How a rollout stands by what was recorded of it: what this plan may not forget or decide once more. A run is one
 * rollout of one revision; it begins anew with another revision and with a Retry.
 */
export interface Standing {
  readonly revision: string;
  readonly recipe: Recipe;
  /** RFC 3339. With the revision it names the run. */
  readonly startedAt: string;
  /** Nothing has been recorded of this run. */
  readonly isFresh: boolean;
  /** Promoted revisions, the latest first; the first is the champion. */
  readonly history: readonly Promotion[];
  readonly promoted: boolean;
  /** What stopped this run. */
  readonly failure?: Failure;
  readonly quarantine?: Quarantine;
  /** Every revision that is quarantined. */
  readonly quarantined: readonly Quarantine[];
  readonly skipped: boolean;
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
  { model, decisions, revisions }: ModelSnapshot,
  { revision, recipe }: { revision: string; recipe: Recipe },
  now: number,
): Standing {
  const { status = {} } = model;
  const waves = model.spec.rollout.waves.map(({ name }) => name);
  const history = status.history ?? [];
  const promoted = history[0]?.revision === revision;
  const isSame = status.revision === revision;
  const past = heardBefore(decisions);
  const skippedAt = lastHeard(past, "Skip", revision)?.at ?? -Infinity;
  const retriedAt = lastHeard(past, "Retry", revision)?.at ?? -Infinity;
  const quarantine = status.quarantined?.find((entry) => entry.revision === revision);
  const hearings = hear(
    decisions,
    {
      wanted: revision,
      known: new Set(revisions.map((record) => record.revision)),
      promoted,
      quarantined: quarantine !== undefined && retriedAt < Date.parse(quarantine.time),
      skipped: skippedAt > retriedAt,
      paused: isSame && status.failure !== undefined,
      failedNodes: isSame && (status.nodes?.failed ?? 0) > 0,
      waves: new Set(waves),
    },
    now,
  );
  return settle({ revision, recipe, history, promoted, status, quarantine, hearings, waves, now });
}

interface Findings {
  readonly revision: string;
  readonly recipe: Recipe;
  readonly history: readonly Promotion[];
  readonly promoted: boolean;
  readonly status: FaceModelStatus;
  readonly quarantine: Quarantine | undefined;
  readonly hearings: readonly Hearing[];
  readonly waves: readonly string[];
  readonly now: number;
}

function settle({ revision, recipe, history, promoted, status, quarantine, hearings, waves, now }: Findings): Standing {
  const retriedAt = lastHeard(hearings, "Retry", revision)?.at ?? -Infinity;
  const recorded = status.revision === revision ? Date.parse(status.startedAt ?? "") || 0 : 0;
  const isFresh = recorded === 0 || retriedAt > recorded;
  const start = isFresh ? (retriedAt > recorded && status.revision === revision ? retriedAt : now) : recorded;
  const aborted = lastHeard(hearings, "Abort", revision);
  const skippedAt = lastHeard(hearings, "Skip", revision)?.at ?? -Infinity;
  const isHeld = quarantine !== undefined && retriedAt < Date.parse(quarantine.time);
  return {
    revision,
    recipe,
    startedAt: timestamp(start),
    isFresh,
    history,
    promoted,
    ...(!isFresh && status.failure && { failure: status.failure }),
    ...(isHeld && { quarantine }),
    quarantined: (status.quarantined ?? []).filter((entry) => entry !== quarantine || isHeld),
    skipped: skippedAt > retriedAt,
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
