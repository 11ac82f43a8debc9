import type { EngineBuild, SlotRevision } from "../../../crds/enginebuild.ts";
import type { Failure, FaceModelSpec, NodeState } from "../../../crds/facemodel.ts";
import type { Measurement } from "../../../crds/shared.ts";
import { millisecondsOf, timestamp } from "../duration.ts";
import { failureOf } from "../build/noderuntime.ts";
import type { NodeFailure } from "./failure.ts";
import type { Member } from "./members.ts";
import { firstHit, type Rule } from "./rule.ts";
import { isAvailable } from "./budget.ts";
import { isCurrent, isServing, type Position, type Run, trialReport } from "./slots.ts";
import { MOST_BREAKS, observeSoak, type Soak, unbrokenSince } from "./soak.ts";

/** Time beyond that for loading in which a pod has to become ready, in milliseconds: an image may have to come first. */
const GRACE = 300_000;

/** Where a node is, and why. */
export interface NodeFinding {
  readonly state: NodeState;
  readonly message?: string;
  readonly failure?: NodeFailure;
  /** It went away while the revision drove its events, before that had soaked. */
  readonly lost?: boolean;
  /** When time alone changes this, in milliseconds since the epoch. */
  readonly until?: number;
}

/** A node of the model on its way to a revision. */
export interface NodeView extends NodeFinding {
  readonly member: Member;
  readonly position: Position;
  readonly incumbent?: SlotRevision | undefined;
  /** The build of the revision on this node, if one counts; its status is as this plan will write it. */
  readonly build?: EngineBuild | undefined;
  /** How its soak goes, to be recorded. */
  readonly record?: Soak | undefined;
}

/** What a node's state is judged by. */
export interface NodeFacts {
  readonly member: Member;
  readonly run: Run;
  readonly position: Position;
  readonly incumbent?: SlotRevision | undefined;
  readonly build?: EngineBuild | undefined;
  readonly gate: FaceModelSpec["gates"]["online"];
  /** How long it has to run well, in milliseconds. */
  readonly soak: number;
  /** How long its runtime may take to load, in milliseconds. */
  readonly loadTimeout: number;
  /** The run is over for the model as a whole: its revision is promoted. */
  readonly promoted: boolean;
  /** The wave has shown together what the gate requires. */
  readonly waveHasShown: boolean;
  readonly now: number;
}

/** Where a node is, by the first rule that knows. */
export function observeNode(facts: NodeFacts): NodeView {
  const { member, position, incumbent, build } = facts;
  const record = isSettled(facts) ? undefined : observeSoak(facts);
  return { ...firstHit(rules, { ...facts, record }), member, position, incumbent, build, record };
}

interface Observed extends NodeFacts {
  readonly record: Soak | undefined;
}

type NodeRule = Rule<Observed, NodeFinding>;

const failed = (
  gate: Failure["gate"],
  message: string,
  { measurement, verdict = "Failure" }: { [Part in "measurement" | "verdict"]?: NodeFailure[Part] | undefined } = {},
): NodeFinding => ({
  state: "Failed",
  message,
  failure: { gate, message, verdict, ...(measurement && { measurement }) },
});

/** At the end of its way: nothing is compared any more, and the model has moved on. */
function isSettled({ position, member: { runtime }, promoted }: NodeFacts): boolean {
  return position === "Active" && promoted && runtime!.spec.trial === undefined;
}

/** Of a node that is not there the last report is believed: it keeps working without network. */
const settled: NodeRule = (facts) => {
  const { member } = facts;
  const isThere = member.readyAt !== undefined;
  return isSettled(facts) && isServing(member.runtime!) && (!isThere || isAvailable(member))
    ? { state: "Done" }
    : undefined;
};

/** It has proven the revision, and does not run it now: nothing is taken from it, since there is nothing better to run. */
const unavailable: NodeRule = (facts) => {
  const { member, run } = facts;
  const slot = member.runtime?.status?.slots?.active;
  if (!isSettled(facts) || slot?.revision !== run.revision) return undefined;
  const { deployment } = member;
  if (slot.state !== "Failed" && deployment?.available === true) return undefined;
  const cause = slot.state === "Failed" ? slot.message : deployment?.stuck;
  const message = `the runtime does not serve: ${cause ?? "its pod is not ready"}`;
  return { state: "Unavailable", message, until: overdueAt(facts) ?? facts.now };
};

/** It failed in this run, and was taken back. */
const failedBefore: NodeRule = ({ member: { runtime }, run }) => {
  const failure = runtime && failureOf(runtime, run);
  return failure && { state: "Failed", message: failure.message, failure };
};

const buildFailed: NodeRule = ({ position, build }) => {
  if (position !== "Idle" || build?.status?.state !== "Failed") return undefined;
  const { measurements, message = "the build failed", verdict } = build.status;
  const measurement = measurements?.find((one) => one.verdict === "Failure");
  return failed("Offline", message, { measurement, verdict });
};

/** The node went back by itself, which is decided there, with or without the control plane. */
const swappedBack: NodeRule = ({ position, member: { runtime } }) => {
  const back = runtime?.status?.swappedBack;
  if (position !== "Active" || back === undefined || back.trial !== runtime?.spec.trial?.id) return undefined;
  return failed("Soak", back.message, { measurement: back.measurement });
};

const regressed: NodeRule = ({ position, member: { runtime } }) => {
  const trial = position === "Active" && runtime && isCurrent(runtime) ? trialReport(runtime) : undefined;
  return trial?.verdict === "Failure"
    ? failed("Soak", trial.message ?? "the candidate regressed", { measurement: deciding(trial.evidence) })
    : undefined;
};

/** What was shown before the node was lost holds; where it is there, it has to run now. */
const soaked: NodeRule = ({ record, member }) =>
  record?.done === true && (member.readyAt === undefined || unbrokenSince(member) !== undefined)
    ? { state: "Done" }
    : undefined;

const broken: NodeRule = ({ record }) =>
  record !== undefined && record.breaks > MOST_BREAKS
    ? failed("Soak", `the runtime ended ${record.breaks} times and never ran for the time of its wave`)
    : undefined;

const deferred: NodeRule = (facts) => {
  const { member, position, promoted } = facts;
  if (!member.away) return undefined;
  return position === "Active" && !promoted && member.lostAt !== undefined
    ? { state: "Deferred", message: "the node was lost while the revision drove its events", lost: true }
    : { state: "Deferred", message: "the node is away; it passes its own gate when it returns" };
};

/** A slot that cannot be loaded, or dies after it was. */
const slotFailed: NodeRule = (facts) => {
  const { position, member, run } = facts;
  if ((position !== "Shadow" && position !== "Active") || isSettled(facts)) return undefined;
  const { runtime } = member;
  const { active, standby } = runtime?.status?.slots ?? {};
  const slot = [active, standby].find((one) => one?.revision === run.revision && one.state === "Failed");
  return slot && failed("Runtime", slot.message ?? "the engines could not be loaded");
};

/** A pod that does not become ready again, or not at all: its report is of no use. */
const down: NodeRule = (facts) => {
  const { position, member, now } = facts;
  const { deployment, readyAt } = member;
  const isOnItsWay = position === "Shadow" || position === "Active";
  if (!isOnItsWay || readyAt === undefined || deployment === undefined || deployment.available) return undefined;
  const until = overdueAt(facts);
  if (until !== undefined && until <= now) {
    return failed("Runtime", `the runtime does not become ready: ${deployment.stuck ?? "its pod is not"}`);
  }
  const state = position === "Active" ? "Activating" : "Loading";
  return { state, message: "waits for its runtime to be ready", ...(until !== undefined && { until }) };
};

/**
 * When a runtime that does not serve has had time enough; a node that has just come back has had none yet. Where the
 * Deployment has given up already, only loading is waited for.
 */
function overdueAt({ member: { deployment, readyAt, runtime }, loadTimeout }: NodeFacts): number | undefined {
  if (readyAt === undefined) return undefined;
  if (deployment?.stuck !== undefined) return readyAt + loadTimeout;
  const { state, since: failedAt } = runtime?.status?.slots?.active ?? {};
  const since = deployment?.available === true && state === "Failed" ? failedAt : deployment?.since;
  return since === undefined ? undefined : Math.max(readyAt, Date.parse(since)) + loadTimeout + GRACE;
}

const soaking: NodeRule = ({ record, soak, member }) => {
  if (record === undefined || unbrokenSince(member) === undefined) return undefined;
  const until = Date.parse(record.since) + soak;
  return { state: "Soaking", message: `serves the revision; soaks until ${timestamp(until)}`, until };
};

const activating: NodeRule = ({ position }) =>
  position === "Active" ? { state: "Activating", message: "waits for the revision to drive events" } : undefined;

const homing: NodeRule = ({ position }) =>
  position === "Home" ? { state: "Activating", message: "goes back to what it ran before" } : undefined;

const shadowFailed: NodeRule = ({ position, member: { runtime } }) => {
  const trial = position === "Shadow" && runtime && isCurrent(runtime) ? trialReport(runtime) : undefined;
  return trial?.verdict === "Failure"
    ? failed("Online", trial.message ?? "the online gate was not passed", { measurement: deciding(trial.evidence) })
    : undefined;
};

/** Missing evidence is no pass, however long one has waited for it. */
const undecided: NodeRule = (facts) => {
  const { position, member, gate, waveHasShown, now } = facts;
  const trial = position === "Shadow" && member.runtime ? trialReport(member.runtime) : undefined;
  if (trial === undefined || trial.verdict === "Success" || waveHasShown || deadlineOf(facts, trial) > now)
    return undefined;
  const open = trial.evidence.map(({ measurement }) => measurement).find(({ verdict }) => verdict !== "Success");
  const message = `nothing was shown within gates.online.deadline of ${gate.deadline}: ${trial.message ?? "no evidence"}`;
  return failed("Online", message, { measurement: open, verdict: "Inconclusive" });
};

const shadowing: NodeRule = (facts) => {
  const { position, member } = facts;
  const trial = position === "Shadow" && member.runtime ? trialReport(member.runtime) : undefined;
  if (trial === undefined) return undefined;
  const until = deadlineOf(facts, trial);
  return { state: "Shadowing", message: `collects evidence, until ${timestamp(until)} at the latest`, until };
};

/** A node that was away could not show anything meanwhile. */
function deadlineOf({ member: { readyAt }, gate }: NodeFacts, trial: { readonly startedAt: string }): number {
  return Math.max(Date.parse(trial.startedAt), readyAt ?? -Infinity) + millisecondsOf(gate.deadline);
}

const loading: NodeRule = ({ position }) =>
  position === "Shadow" ? { state: "Loading", message: "loads the revision beside the champion" } : undefined;

const occupied: NodeRule = ({ member: { occupiedBy } }) =>
  occupiedBy === undefined
    ? undefined
    : { state: "Waiting", message: `FaceModel ${occupiedBy} still has its NodeRuntime on the node` };

const built: NodeRule = ({ build }) =>
  build?.status?.state === "Succeeded" ? { state: "Built", message: "the engines passed the offline gate" } : undefined;

const building: NodeRule = ({ build }) =>
  build && { state: "Building", message: build.status?.message ?? "engines are built and held to the offline gate" };

const waiting: NodeRule = () => ({ state: "Waiting", message: "waits for its turn" });

/** In this order. */
const rules: readonly NodeRule[] = [
  settled,
  failedBefore,
  buildFailed,
  swappedBack,
  regressed,
  soaked,
  deferred,
  unavailable,
  slotFailed,
  broken,
  down,
  soaking,
  activating,
  homing,
  shadowFailed,
  undecided,
  shadowing,
  loading,
  occupied,
  built,
  building,
  waiting,
];

function deciding(evidence: readonly { measurement: Measurement }[]): Measurement | undefined {
  return evidence.find(({ measurement }) => measurement.verdict === "Failure")?.measurement;
}
