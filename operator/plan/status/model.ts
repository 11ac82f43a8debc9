import type { FaceModelStatus, NodeState } from "../../../crds/facemodel.ts";
import { timestamp } from "../duration.ts";
import type { Course } from "../rollout/course.ts";
import type { NodeView } from "../rollout/node.ts";
import type { Verdict } from "../rollout/state.ts";
import { holdsWithdrawn } from "../rollout/steps.ts";
import type { WaveView } from "../rollout/waves.ts";
import type { OwnCondition } from "./conditions.ts";
import { statusOf } from "./publish.ts";

type Progress = NonNullable<FaceModelStatus["unfinishedNodes"]>[number];

/** Most nodes that a status tells of. Source: FaceModel.status.unfinishedNodes. */
const MOST_NODES = 64;
const LONGEST = 1024;

/** What a status tells of nodes and waves: progress is a difference in it. */
export type Places = Pick<FaceModelStatus, "nodes" | "progress" | "waves" | "unfinishedNodes">;

/** Counts and places of nodes and waves. */
export function placesOf(course: Course): Places {
  const views = [...course.wanted.values()];
  const done = count(views, "Done");
  const unfinished = unfinishedOf(course);
  return {
    nodes: { total: views.length, done, deferred: count(views, "Deferred"), failed: count(views, "Failed") },
    progress: `${done}/${views.length}`,
    waves: course.waves.map((wave) => waveStatus(course, wave)),
    ...(unfinished.length > 0 && { unfinishedNodes: unfinished }),
  };
}

function waveStatus({ failure, heading }: Course, { spec, state, nodes, evidence }: WaveView) {
  const isFailed = failure?.wave === spec.name || state === "Failed";
  const isOver = heading.type === "Back" && (state === "Running" || state === "AwaitingApproval");
  return {
    name: spec.name,
    state: isFailed ? ("Failed" as const) : isOver ? ("Waiting" as const) : state,
    nodes: nodes.length,
    done: count(nodes, "Done"),
    deferred: count(nodes, "Deferred"),
    failed: count(nodes, "Failed"),
    ...(evidence.measurements?.length && { evidence: evidence.measurements.slice(0, 16) }),
  };
}

function count(views: readonly NodeView[], wanted: NodeState): number {
  return views.filter(({ state }) => state === wanted).length;
}

/** Nodes that are not done, those that failed or are away first: of a large fleet the others are told by their number. */
function unfinishedOf(course: Course): Progress[] {
  const { heading, nodes, wanted, waves } = course;
  const views = heading.type === "Forward" || heading.to === undefined ? [...wanted.values()] : nodes;
  const told = views.flatMap((view): Progress[] => {
    const place = placeOf(course, view);
    return place === undefined ? [] : [{ name: view.member.name, wave: waves[view.member.wave]!.spec.name, ...place }];
  });
  const weight = ({ state }: Progress) => (state === "Failed" ? 0 : state === "Deferred" ? 1 : 2);
  return told.toSorted((a, b) => weight(a) - weight(b)).slice(0, MOST_NODES);
}

/** Where a node is, in the words of the status; undefined for one of which there is nothing to tell. */
function placeOf(course: Course, view: NodeView): Pick<Progress, "state" | "message"> | undefined {
  const forward = course.wanted.get(view.member.name)!;
  const say = ({ state, message }: NodeView) => ({ state, ...(message && { message: message.slice(0, LONGEST) }) });
  if (course.heading.type === "Forward") return view.state === "Done" ? undefined : say(view);
  if (holdsWithdrawn(course, view)) {
    return view.member.away
      ? say({ ...view, state: "Deferred" })
      : { state: "RollingBack", message: "goes back to the champion" };
  }
  if (forward.failure !== undefined) return say(forward);
  return course.heading.to === undefined || view.state === "Done" ? undefined : say(view);
}

/**
 * Whether a node or wave has moved on since the status was written. Nodes that go away and come back are no progress.
 */
export function hasProgressed(before: FaceModelStatus, after: Places): boolean {
  const away = new Set([...deferredIn(before), ...deferredIn(after)]);
  return key(before, away) !== key(after, away);
}

function key({ waves = [], unfinishedNodes = [] }: Places, left: ReadonlySet<string>): string {
  const moving = unfinishedNodes.filter(({ name }) => !left.has(name));
  return JSON.stringify([
    waves.map(({ name, state, done, failed }) => [name, state, done, failed]),
    moving.map(({ name, state }) => [name, state]).toSorted(),
  ]);
}

function deferredIn({ unfinishedNodes = [] }: Places): string[] {
  return unfinishedNodes.filter(({ state }) => state === "Deferred").map(({ name }) => name);
}

/** The status of a FaceModel. The same course gives the same status, whenever it is looked at. */
export function modelStatus(
  course: Course,
  places: Places,
  { state, judgment }: Verdict,
  lastProgressAt: number,
): FaceModelStatus {
  const { snapshot, standing, failure, quarantined, promoted, now } = course;
  const history = historyOf(course);
  return statusOf(
    snapshot.model,
    {
      state,
      revision: standing.revision,
      ...(history[0] && { champion: history[0].revision }),
      startedAt: standing.startedAt,
      ...(standing.terms !== undefined && { terms: standing.terms }),
      lastProgressAt: timestamp(lastProgressAt),
      ...places,
      ...(failure && !promoted && { failure }),
      ...(quarantined.length > 0 && { quarantined: [...quarantined] }),
      ...(standing.allSkipped.length > 0 && { skipped: [...standing.allSkipped] }),
      ...(standing.decidedAt !== undefined && { decidedAt: standing.decidedAt }),
      ...(history.length > 0 && { history }),
    },
    judgment,
    now,
    conflictsOf(course),
  );
}

/** Promoted revisions, the champion first, as many as are to be kept besides it. */
export function historyOf({ standing, promoted, snapshot, now }: Course): { revision: string; time: string }[] {
  const { history, revision } = standing;
  const kept = snapshot.model.spec.revisionHistoryLimit + 1;
  if (!promoted || standing.promoted) return history.slice(0, kept);
  const others = history.filter((promotion) => promotion.revision !== revision);
  return [{ revision, time: timestamp(now) }, ...others].slice(0, kept);
}

function conflictsOf({ membership: { conflicts, waveless } }: Course): OwnCondition[] {
  const taken = [...conflicts].map(([model, nodes]) => `${listed(nodes)} to FaceModel ${model}`);
  return [
    ...(taken.length === 0
      ? []
      : [
          {
            type: "NodeConflict",
            reason: "OlderModel",
            message: `nodes belong to an older FaceModel: ${taken.join("; ")}`,
          },
        ]),
    ...(waveless.length === 0
      ? []
      : [
          {
            type: "NodesWithoutWave",
            reason: "NoWaveSelects",
            message: `no wave of spec.rollout.waves takes ${listed(waveless)}`,
          },
        ]),
  ];
}

function listed(nodes: readonly string[]): string {
  const rest = nodes.length > 5 ? ` and ${nodes.length - 5} more` : "";
  return `${nodes.slice(0, 5).join(", ")}${rest}`;
}
