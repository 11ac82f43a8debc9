import type { RolloutDecision } from "../../../crds/rolloutdecision.ts";
import { firstHit, type Rule } from "./rule.ts";

/** What a decision is judged by: how things stood before it. */
export interface Docket {
  /** The revision that spec asks for. */
  readonly wanted: string;
  /** Revisions of which there is a record. */
  readonly known: ReadonlySet<string>;
  readonly promoted: boolean;
  readonly quarantined: boolean;
  readonly skipped: boolean;
  /** A gate failed, and the rollout was stopped where it was. */
  readonly paused: boolean;
  /** Nodes failed that were tolerated or came late. */
  readonly failedNodes: boolean;
  readonly waves: ReadonlySet<string>;
}

/** What becomes of a decision. */
export interface Ruling {
  /** Applies: it takes effect now. Refused: it can have none, and never will. Waits: its revision may still come. */
  readonly outcome: "Applies" | "Refused" | "Waits";
  readonly reason: string;
  readonly message: string;
}

/** A decision with its ruling, and when it took effect. */
export interface Hearing extends Ruling {
  readonly decision: RolloutDecision;
  /** In milliseconds since the epoch; absent while it waits. */
  readonly at?: number;
  /** It is ruled on in this plan: its status says nothing yet. */
  readonly isNew: boolean;
}

interface Matter extends Docket {
  readonly decision: RolloutDecision;
}

const refused = (reason: string, message: string): Ruling => ({ outcome: "Refused", reason, message });
const kindOf = ({ decision }: Matter) => decision.spec.decision;

/** In this order; a decision that no rule refuses applies. */
const rules: readonly Rule<Matter, Ruling>[] = [
  ({ decision: { spec }, wanted, known }) =>
    spec.revision !== wanted && !known.has(spec.revision)
      ? {
          outcome: "Waits",
          reason: "RevisionNotFound",
          message: `FaceModel ${spec.modelRef.name} has no revision ${spec.revision}: status.revision shows the one it has`,
        }
      : undefined,
  ({ decision: { spec }, wanted }) =>
    spec.revision !== wanted
      ? refused(
          "RevisionNotWanted",
          `spec asks for revision ${wanted} by now: nothing is left to decide on ${spec.revision}`,
        )
      : undefined,
  (matter) => {
    const { wave } = matter.decision.spec;
    return wave !== undefined && !matter.waves.has(wave)
      ? refused("WaveNotFound", `spec.rollout.waves has no wave ${wave}: name one of ${[...matter.waves].join(", ")}`)
      : undefined;
  },
  (matter) =>
    kindOf(matter) === "Retry" && !matter.quarantined && !matter.skipped && !matter.paused && !matter.failedNodes
      ? refused("NothingToRetry", "the revision is neither quarantined nor skipped, and no node failed")
      : undefined,
  (matter) =>
    kindOf(matter) !== "Retry" && matter.promoted
      ? refused("AlreadyPromoted", "the revision is promoted: to leave it, change spec to another one")
      : undefined,
  (matter) =>
    kindOf(matter) !== "Retry" && (matter.quarantined || matter.skipped)
      ? refused("AlreadyWithdrawn", "the revision is off every node already: only Retry changes that")
      : undefined,
  (matter) => ({ outcome: "Applies", ...EFFECTS[kindOf(matter)] }),
];

const EFFECTS: Record<RolloutDecision["spec"]["decision"], { reason: string; message: string }> = {
  Approve: { reason: "Approved", message: "waves that require approval may begin" },
  Abort: { reason: "Aborted", message: "the revision is rolled back and quarantined" },
  Skip: { reason: "Skipped", message: "the revision is left aside without blame; what ran before goes on" },
  Retry: { reason: "Retried", message: "the revision starts anew; every node passes its gates again" },
};

/** Rules on every decision, once: one that has been handled keeps its ruling. In the order of their creation. */
export function hear(decisions: readonly RolloutDecision[], docket: Docket, now: number): Hearing[] {
  return decisions
    .toSorted((a, b) => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp))
    .map((decision) => recorded(decision) ?? rule(decision, docket, now));
}

/** Decisions that have been ruled on already. */
export function heardBefore(decisions: readonly RolloutDecision[]): Hearing[] {
  return decisions.flatMap((decision) => recorded(decision) ?? []);
}

function recorded(decision: RolloutDecision): Hearing | undefined {
  const { handledAt, conditions = [] } = decision.status ?? {};
  const ready = conditions.find(({ type }) => type === "Ready");
  if (handledAt === undefined || ready === undefined) return undefined;
  const { reason, message } = ready;
  const outcome = ready.status === "True" ? "Applies" : "Refused";
  return { decision, outcome, reason, message, at: Date.parse(handledAt), isNew: false };
}

function rule(decision: RolloutDecision, docket: Docket, now: number): Hearing {
  const ruling = firstHit(rules, { ...docket, decision });
  return { decision, ...ruling, ...(ruling.outcome !== "Waits" && { at: now }), isNew: true };
}
