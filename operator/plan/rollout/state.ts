import type { RolloutState } from "../../../crds/facemodel.ts";
import { millisecondsOf, timestamp } from "../duration.ts";
import type { Unresolved } from "../resolve.ts";
import type { Judgment } from "../status/conditions.ts";
import { type Course, isPausing } from "./course.ts";
import type { NodeView } from "./node.ts";
import { firstHit, type Rule } from "./rule.ts";
import { holdsWithdrawn } from "./steps.ts";
import { heldBy, isOpen } from "./waves.ts";

/** How much may not be changed on nodes: nothing is held, or all but what is no part of the rollout: cameras and people. */
export type Hold = "None" | "Slots";

/** The rollout in one word, and what follows from it. */
export interface Verdict {
  readonly state: RolloutState;
  readonly judgment: Judgment;
  readonly hold: Hold;
}

/** What the state is told from. */
export interface Situation {
  readonly course: Course;
  /** References of spec that lead nowhere. */
  readonly unresolved: readonly Unresolved[];
  /** When a node or wave last moved on, in milliseconds since the epoch. */
  readonly lastProgressAt: number;
}

type StateRule = Rule<Situation, Verdict>;

const verdict = (
  state: RolloutState,
  kstatus: Judgment["state"],
  reason: string,
  message: string,
  hold: Hold = "None",
): Verdict => ({ state, judgment: { state: kstatus, reason, message }, hold });

const suspended: StateRule = ({ course: { snapshot } }) =>
  snapshot.model.spec.suspend
    ? verdict(
        "Suspended",
        "Waiting",
        "Suspended",
        "spec.suspend is set: no revision comes or goes; what runs goes on, and cameras and galleries are passed on",
        "Slots",
      )
    : undefined;

/** The revision is being taken off the nodes, or is off them. */
const withdrawn: StateRule = ({ course }) => {
  const { heading, failure, standing, nodes, wanted } = course;
  if (heading.type === "Forward") return undefined;
  const views = heading.to === undefined ? [...wanted.values()] : nodes;
  const left = views.filter((view) => !view.member.away && holdsWithdrawn(course, view)).length;
  if (left > 0) {
    const message = `${standing.revision} is taken off ${counted(left)}: ${failure?.message ?? "it was skipped"}`;
    return verdict("RollingBack", "Reconciling", failure === undefined ? "Skipped" : reasonOf(failure), message);
  }
  if (standing.skipped) {
    const message = `${standing.revision} was skipped by a RolloutDecision; ${instead(course)}`;
    return verdict("RolledBack", "Stalled", "Skipped", message);
  }
  return failure === undefined ? quarantined(course) : rolledBack(course);
};

function rolledBack(course: Course): Verdict {
  const { failure, standing } = course;
  const where = [failure!.wave && `wave ${failure!.wave}`, failure!.node && `node ${failure!.node}`].filter(Boolean);
  const at = where.length === 0 ? "" : ` in ${where.join(", ")}`;
  const message = `${standing.revision} failed gate ${failure!.gate}${at}: ${measured(failure!)}; ${consequence(course)}, and ${instead(course)}`;
  return verdict("RolledBack", "Stalled", reasonOf(failure!), message);
}

function consequence({ quarantined: all, standing }: Course): string {
  return all.some(({ revision }) => revision === standing.revision)
    ? "it is quarantined"
    : "nothing was shown against it, so it is not quarantined: put right what is in the way, and a RolloutDecision may retry it";
}

function quarantined(course: Course): Verdict {
  const { revision, quarantine } = course.standing;
  const { failure, time, revision: failed } = quarantine!;
  const subject =
    failed === revision ? revision : `${failed}, of which ${revision} differs in the operator's image only,`;
  const message = `${subject} failed gate ${failure.gate} at ${time} and is quarantined: ${measured(failure)}; ${instead(course)}; a RolloutDecision may retry it`;
  return verdict("Quarantined", "Stalled", "Quarantined", message);
}

type Failure = NonNullable<Course["failure"]>;

/** Of the gates that measure, Unknown blame means that they could not. */
function reasonOf({ gate, blame }: Failure): string {
  if (blame === "Environment") return "EnvironmentFailed";
  if (blame === "Unknown" && gate === "Online") return "OnlineInconclusive";
  if (blame === "Unknown" && gate === "Offline") return "BuildError";
  return `${gate}Failed`;
}

/** "ProbeIdentity -0.21 [-0.3, -0.12] against -0.05, n 140: Failure" where something was measured, else the sentence. */
function measured({ measurement, message }: Failure): string {
  if (measurement === undefined) return message;
  const { metric, value, lower, upper, bound, n, verdict: outcome } = measurement;
  const interval = lower !== undefined && upper !== undefined ? ` [${lower}, ${upper}]` : "";
  const against = bound === undefined ? "" : ` against ${bound}`;
  const figures = `${metric}${value === undefined ? "" : ` ${value}`}${interval}${against}, n ${n}: ${outcome}`;
  return message.includes(metric) ? figures : `${figures}; ${message}`;
}

function instead({ heading }: Course): string {
  return heading.to === undefined ? "there is no champion to run instead" : `${heading.to.run.revision} runs instead`;
}

const paused: StateRule = ({ course: { failure, snapshot } }) =>
  failure !== undefined && isPausing(snapshot, failure)
    ? verdict(
        "Paused",
        "Stalled",
        reasonOf(failure),
        `stopped where it is: ${measured(failure)}; a RolloutDecision may retry, skip or abort it`,
        "Slots",
      )
    : undefined;

/** Nothing new is begun; what runs goes on. */
const blocked: StateRule = ({ course: { promoted, snapshot }, unresolved: [first] }) => {
  if (first === undefined) return undefined;
  const begun = snapshot.builds.length > 0;
  return verdict(promoted ? "Promoted" : begun ? "Paused" : "Pending", "Stalled", first.reason, first.message, "Slots");
};

const promoted: StateRule = ({ course }) => {
  if (!course.promoted) return undefined;
  const views = [...course.wanted.values()];
  const done = views.filter(({ state }) => state === "Done").length;
  const late = [count(views, "Deferred", "away"), count(views, "Failed", "failed")].filter((part) => part !== "");
  const rest = late.length === 0 ? "" : `; ${late.join(", ")}`;
  const silent = views.filter(({ state }) => state === "Unavailable");
  if (silent.length > 0) return withoutRuntimes(course, silent, { done, all: views.length, rest });
  const message = `${course.standing.revision} is promoted and runs on ${done} of ${counted(views.length)}${rest}`;
  return verdict("Promoted", "Ready", "Promoted", message);
};

/** Promoted stays promoted, but nobody is served by a runtime that does not run. */
function withoutRuntimes(
  { now, standing }: Course,
  silent: readonly NodeView[],
  { done, all, rest }: { done: number; all: number; rest: string },
): Verdict {
  const overdue = silent.filter(({ until = now }) => until <= now);
  const first = overdue[0] ?? silent[0]!;
  const message = `${standing.revision} is promoted and runs on ${done} of ${counted(all)}; it does not on ${counted(silent.length)}, of which ${first.member.name}: ${first.message ?? ""}${rest}`;
  return overdue.length === 0
    ? verdict("Promoted", "Reconciling", "RuntimesNotReady", message)
    : verdict("Promoted", "Stalled", "RuntimesNotReady", message);
}

const withoutNodes: StateRule = ({ course: { wanted, snapshot } }) =>
  wanted.size === 0
    ? verdict(
        "Pending",
        "Reconciling",
        "NoNodes",
        `spec.nodes of ${snapshot.model.metadata.name} takes no node that is free`,
      )
    : undefined;

const awaitingApproval: StateRule = ({ course: { waves } }) => {
  const wave = waves.find(({ state }) => state === "AwaitingApproval");
  return wave && verdict("AwaitingApproval", "Reconciling", "AwaitingApproval", wave.message!);
};

/** States that wait for something else than a clock of their own; the others have a deadline or an end. */
const IDLE: readonly string[] = ["Waiting", "Building", "Built", "Loading", "Activating"];

const late: StateRule = ({ course, lastProgressAt }) => {
  const { progressDeadline } = course.snapshot.model.spec.rollout;
  const nodes = unclocked(course);
  if (nodes.length === 0 || lastProgressAt + millisecondsOf(progressDeadline) > course.now) return undefined;
  const first = nodes[0]!;
  const message = `no progress since ${timestamp(lastProgressAt)}, longer than spec.rollout.progressDeadline of ${progressDeadline}: node ${first.member.name} is ${first.state}: ${first.message ?? ""}`;
  return verdict("RollingOut", "Stalled", "ProgressDeadlineExceeded", message);
};

const rollingOut: StateRule = ({ course: { waves, standing } }) => {
  const wave = waves.find(({ state }) => state === "Running");
  if (wave === undefined)
    return verdict("RollingOut", "Reconciling", "RollingOut", `${standing.revision} is rolled out`);
  const done = wave.nodes.filter(({ state }) => state === "Done").length;
  const message = `wave ${wave.spec.name} of ${standing.revision}: ${done} of ${counted(wave.nodes.length)} done`;
  const reason = wave.reason ?? (onlyAway(wave.nodes) ? "NodesAway" : "RollingOut");
  return verdict("RollingOut", "Reconciling", reason, wave.message ?? message);
};

/** In this order. */
const rules: readonly StateRule[] = [
  suspended,
  withdrawn,
  paused,
  blocked,
  promoted,
  withoutNodes,
  awaitingApproval,
  late,
  rollingOut,
];

/** The state of a rollout, by the first rule that knows. */
export function judgeRollout(situation: Situation): Verdict {
  return firstHit(rules, situation);
}

/** Nodes whose turn it is and that wait without a clock of their own. */
export function unclocked({ waves }: Course): NodeView[] {
  return waves
    .filter(isOpen)
    .flatMap((wave) => [
      ...wave.nodes.filter(({ state }) => IDLE.includes(state)),
      ...(wave.reason === "NodesLost" ? heldBy(wave) : []),
    ]);
}

function onlyAway(nodes: readonly NodeView[]): boolean {
  return (
    nodes.every(({ state }) => state === "Deferred" || state === "Done") && nodes.some(({ member }) => member.away)
  );
}

function count(views: readonly NodeView[], state: NodeView["state"], word: string): string {
  const found = views.filter((view) => view.state === state).length;
  return found === 0 ? "" : `${found} ${word}`;
}

function counted(nodes: number): string {
  return nodes === 1 ? "1 node" : `${nodes} nodes`;
}
