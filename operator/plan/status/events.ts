import type { FaceModelStatus, NodeState, RolloutState } from "../../../crds/facemodel.ts";
import { type Action, targetOf } from "../action.ts";
import type { Course } from "../rollout/course.ts";
import { modelReasons } from "./reasons.ts";

type Wave = NonNullable<FaceModelStatus["waves"]>[number];
type Progress = NonNullable<FaceModelStatus["unfinishedNodes"]>[number];

interface Happening {
  readonly reason: keyof typeof modelReasons;
  readonly message: string;
}

const tell = (reason: Happening["reason"], message: string): Happening => ({ reason, message });

/**
 * What has happened between two statuses of a model, in the order of the story: told once, because it is told by the
 * very change that is written. Each names its revision: Events that say the same are shown as one, where the first was.
 * Of a fleet with more unfinished nodes than a status holds, the waves tell.
 */
export function eventsOf({ snapshot, standing, heading }: Course, after: FaceModelStatus): Action[] {
  const { model } = snapshot;
  const { status: before = {} } = model;
  const isNew = before.revision !== after.revision;
  const past = standing.isFresh ? {} : before;
  const regarding = targetOf(model);
  return [
    ...(isNew ? [tell("RevisionCreated", `spec asks for revision ${standing.revision}`)] : []),
    ...(!isNew && standing.isFresh ? [restarted(before, after)] : []),
    ...nodeEvents(past, after, heading.type === "Forward" ? standing.revision : undefined),
    ...waveEvents(past, after, standing.revision),
    ...stateEvents(past.state, after),
  ].map(({ reason, message }) => ({
    type: "Event",
    regarding,
    severity: modelReasons[reason].type,
    reason,
    message,
  }));
}

function restarted({ terms }: FaceModelStatus, { revision = "", terms: others }: FaceModelStatus): Happening {
  return terms === others
    ? tell("Retried", `revision ${revision} starts anew`)
    : tell("GateChanged", `revision ${revision} starts anew under another online gate or other probes`);
}

const countOf = (nodes: number): string => (nodes === 1 ? "1 node" : `${nodes} nodes`);

const waveTable: Partial<Record<Wave["state"], (wave: Wave, revision: string) => Happening>> = {
  AwaitingApproval: ({ name }, revision) =>
    tell("ApprovalRequired", `wave ${name} of ${revision} waits for a RolloutDecision that approves it`),
  Running: ({ name, nodes }, revision) =>
    nodes === 0
      ? tell("WaveEmpty", `wave ${name} of ${revision} has no node yet and waits for one`)
      : tell("WaveStarted", `wave ${name} of ${revision} begins with ${countOf(nodes)}`),
  Passed: ({ name, done, nodes }, revision) =>
    tell(
      "WavePassed",
      nodes === 0
        ? `wave ${name} of ${revision} has no nodes and is passed over`
        : `wave ${name} of ${revision} has passed: ${done} of ${countOf(nodes)} done`,
    ),
  Failed: ({ name, failed }, revision) =>
    tell("WaveFailed", `wave ${name} of ${revision} has failed: ${countOf(failed)} failed`),
};

/** In the order of the waves, so that one passes before the next begins. */
function waveEvents(
  { waves: before = [] }: FaceModelStatus,
  { waves = [] }: FaceModelStatus,
  revision: string,
): Happening[] {
  return waves.flatMap((wave) => {
    const known = before.find(({ name }) => name === wave.name);
    return known !== undefined && isSame(known, wave) ? [] : (waveTable[wave.state]?.(wave, revision) ?? []);
  });
}

/** A wave that runs without nodes begins when it gets the first. */
function isSame(before: Wave, after: Wave): boolean {
  if (before.state !== after.state) return false;
  return after.state !== "Running" || (before.nodes === 0) === (after.nodes === 0);
}

/** The way of a node; what it has passed since is told step by step, though a plan may not have seen each. */
const WAY: readonly NodeState[] = [
  "Waiting",
  "Building",
  "Built",
  "Loading",
  "Shadowing",
  "Activating",
  "Soaking",
  "Done",
];

const milestones: Partial<Record<NodeState, (node: string, revision: string) => Happening[]>> = {
  Building: (node, revision) => [tell("BuildStarted", `node ${node} builds engines of ${revision}`)],
  Built: (node, revision) => [
    tell("EnginesBuilt", `node ${node} has built the engines of ${revision}`),
    tell("GatePassed", `${revision} passed the offline gate on node ${node}`),
  ],
  Shadowing: (node, revision) => [tell("ShadowStarted", `node ${node} compares ${revision} with its champion`)],
  Activating: (node, revision) => [tell("ShadowPassed", `node ${node} may activate ${revision}`)],
  Soaking: (node, revision) => [tell("Activated", `revision ${revision} drives events on node ${node}`)],
  Done: (node, revision) => [tell("NodeDone", `node ${node} has run ${revision} well for the time of its wave`)],
};

/** @param revision Undefined while nodes go back: one that is no longer on its way has not arrived. */
function nodeEvents(before: FaceModelStatus, after: FaceModelStatus, revision: string | undefined): Happening[] {
  const [past, present] = [before, after].map(
    ({ unfinishedNodes = [] }) => new Map(unfinishedNodes.map((p) => [p.name, p])),
  );
  const isWhole = (before.unfinishedNodes?.length ?? 0) < 64 && (after.unfinishedNodes?.length ?? 0) < 64;
  const names = new Set([...present!.keys(), ...(isWhole ? past!.keys() : [])]);
  return [...names].toSorted().flatMap((name) => nodeStory(name, past!.get(name), present!.get(name), revision));
}

function nodeStory(
  node: string,
  from: Progress | undefined,
  to: Progress | undefined,
  revision: string | undefined,
): Happening[] {
  if (from?.state === to?.state) return [];
  if (to?.state === "Deferred") return [tell("NodeDeferred", `node ${node} is away; the others go on without it`)];
  const returned =
    from?.state === "Deferred" ? [tell("NodeReturned", `node ${node} is back and passes its own gate`)] : [];
  if (to?.state === "Failed") return [...returned, tell("NodeFailed", `node ${node}: ${to.message ?? "failed"}`)];
  if (to?.state === "Unavailable") return [...returned, tell("NodeUnavailable", `node ${node}: ${to.message ?? ""}`)];
  if (from?.state === "Unavailable" && to === undefined) return [tell("NodeAvailable", `node ${node} serves again`)];
  if (to?.state === "RollingBack") return [...returned, tell("NodeRollingBack", `node ${node} goes back`)];
  if (from === undefined || revision === undefined) return returned;
  return [...returned, ...steps(node, from.state, to?.state ?? "Done", revision)];
}

function steps(node: string, from: NodeState, to: NodeState, revision: string): Happening[] {
  const [first, last] = [WAY.indexOf(from), WAY.indexOf(to)];
  if (first < 0) return [];
  const hasShadow = from === "Loading" || from === "Shadowing" || to === "Shadowing";
  return WAY.slice(first + 1, last + 1)
    .filter((state) => hasShadow || (state !== "Shadowing" && state !== "Activating"))
    .flatMap((state) => milestones[state]?.(node, revision) ?? []);
}

const stateTable: Partial<Record<RolloutState, (status: FaceModelStatus) => Happening>> = {
  Suspended: () => tell("Suspended", "no revision comes or goes on any node until spec.suspend is taken back"),
  Paused: (status) => tell("Paused", readyMessage(status)),
  Quarantined: (status) => tell("Quarantined", readyMessage(status)),
  RollingBack: (status) => tell("RollingBack", readyMessage(status)),
  RolledBack: (status) => tell("RolledBack", readyMessage(status)),
  Promoted: (status) => tell("Promoted", readyMessage(status)),
};

function stateEvents(before: RolloutState | undefined, after: FaceModelStatus): Happening[] {
  const { state } = after;
  return state === undefined || state === before ? [] : [stateTable[state]?.(after) ?? []].flat();
}

function readyMessage({ conditions = [] }: FaceModelStatus): string {
  return conditions.find(({ type }) => type === "Ready")?.message ?? "";
}
