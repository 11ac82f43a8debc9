import { type Action, ofNode, requeueAt } from "./action.ts";
import { type Sights, sightsOf } from "./build/cameras.ts";
import { failuresOf } from "./build/noderuntime.ts";
import { buildRecord } from "./build/record.ts";
import { millisecondsOf } from "./duration.ts";
import { unmeasurable } from "./measurable.ts";
import { checkReferences, type References } from "./references.ts";
import { recipeOf, revisionOf } from "./revision.ts";
import { buildSteps } from "./rollout/builds.ts";
import { collect } from "./rollout/collection.ts";
import { chart, type Course } from "./rollout/course.ts";
import { runtimeActions, sightActions } from "./rollout/runtimes.ts";
import { termsOf } from "./rollout/slots.ts";
import { standingOf } from "./rollout/standing.ts";
import { judgeRollout, unclocked, type Verdict } from "./rollout/state.ts";
import { type Step, stepsOf } from "./rollout/steps.ts";
import type { ModelSnapshot } from "./snapshot.ts";
import { publishRuling } from "./status/decision.ts";
import { eventsOf } from "./status/events.ts";
import { hasProgressed, historyOf, modelStatus, placesOf } from "./status/model.ts";
import { publish, statusOf } from "./status/publish.ts";

/**
 * What to do next about a FaceModel, everything that it owns, and the decisions on it.
 *
 * The actions come in the order in which a crash after any of them does no harm: first what was decided and found out,
 * then what follows from it on nodes, then what is no longer needed. The same snapshot at the same time gives the same
 * actions, and none once everything is as it should be.
 *
 * A revision of the history comes back without being built again, as long as its EngineBuilds are kept, but not without
 * its gate: it passes the shadow beside what runs now, like any other. A FaceModel that is deleted needs no plan and no
 * finalizer: owner references take what it owns, and no device has to answer for that.
 *
 * @param now milliseconds since the epoch.
 */
export function planFaceModel(snapshot: ModelSnapshot, now: number): Action[] {
  if (snapshot.model.metadata.deletionTimestamp !== undefined) return [];
  const { model, settings } = snapshot;
  const references = checkReferences(snapshot);
  const sights = sightsOf(snapshot);
  if (references.calibration === "Unresolved") return unresolvable(snapshot, references, sights, now);
  const recipe = recipeOf(model.spec, references.calibration, settings.runtimeImage);
  const standing = standingOf(
    snapshot,
    { revision: revisionOf(recipe), recipe, terms: termsIn(model, references) },
    now,
  );
  const course = chart(snapshot, standing, now);
  const places = placesOf(course);
  const lastProgressAt = progressTime(course, places);
  const unresolved = [...references.unresolved, ...unmeasurable(course, sights)];
  const verdict = judgeRollout({ course, unresolved, lastProgressAt });
  const status = modelStatus(course, places, verdict, lastProgressAt);
  const published = publish(model, status);
  const work = workOn(course, sights, references, verdict);
  return [
    ...standing.hearings.flatMap((hearing) => publishRuling(hearing, now)),
    ...course.ledger.entries.flatMap(({ recorded, build }) =>
      ofNode(build.spec.nodeName, publish(recorded, build.status)),
    ),
    ...published,
    ...(published.length === 0 ? [] : eventsOf(course, status)),
    ...work.actions,
    ...requeueAt([...work.times, ...clocksOf(course, lastProgressAt)], now),
  ];
}

/** What a run is held to, as far as its probes are there: undefined while they are not. */
function termsIn({ spec: { gates } }: ModelSnapshot["model"], { probes }: References): string | undefined {
  return gates.online.probes !== undefined && probes === undefined ? undefined : termsOf(gates.online, probes);
}

/** What is written to nodes, and what is taken away; while the rollout is held, no more than what they look at. */
function workOn(
  course: Course,
  sights: Sights,
  references: References,
  { hold }: Verdict,
): { actions: Action[]; times: readonly number[] } {
  const galleryOf = (node: string) => {
    const { probeGallery, galleries } = sights.of(node);
    return galleries.find(({ name }) => name === probeGallery);
  };
  const isHeld = hold !== "None";
  const steps = isHeld ? unchanged(course) : stepsOf(course, { probes: references.probes, galleryOf });
  const builds =
    isHeld || references.gate === undefined ? { actions: [], times: [] } : buildSteps(course, references.gate);
  const kept = new Set([course.standing.revision, ...historyOf(course).map(({ revision }) => revision)]);
  return {
    actions: [
      ...recordActions(course),
      ...runtimeActions(course, steps, sights),
      ...builds.actions,
      ...(isHeld ? [] : collect(course, kept)),
    ],
    times: builds.times,
  };
}

/** Every node as it is: what its runtime was last told to hold. */
function unchanged({ nodes, wanted, heading }: Course): Step[] {
  const views = heading.type === "Forward" ? nodes : [...wanted.values()];
  return views.flatMap((view) => {
    const { runtime } = view.member;
    if (runtime === undefined) return [];
    const { slots, trial } = runtime.spec;
    const { record: soak } = view;
    return [{ view, arrangement: { slots, trial, failures: failuresOf(runtime), ...(soak && { soak }) } }];
  });
}

function recordActions({ snapshot, standing }: Course): Action[] {
  const { revisions, model } = snapshot;
  const { revision, recipe } = standing;
  if (revisions.some((record) => record.revision === revision)) return [];
  const number = Math.max(0, ...revisions.map((record) => record.number)) + 1;
  return [{ type: "Apply", object: buildRecord(model, { revision, recipe, number }) }];
}

function progressTime({ snapshot, standing, now }: Course, places: Parameters<typeof hasProgressed>[1]): number {
  const { status = {} } = snapshot.model;
  if (standing.isFresh || status.lastProgressAt === undefined || hasProgressed(status, places)) return now;
  return Date.parse(status.lastProgressAt);
}

/** When something changes by time alone. */
function clocksOf(course: Course, lastProgressAt: number): number[] {
  const { nodes, membership, promoted, snapshot } = course;
  const { progressDeadline } = snapshot.model.spec.rollout;
  return [
    ...nodes.flatMap(({ until }) => until ?? []),
    ...membership.members.flatMap(({ awayAt }) => awayAt ?? []),
    ...(promoted || unclocked(course).length === 0 ? [] : [lastProgressAt + millisecondsOf(progressDeadline)]),
  ];
}

/**
 * Without its calibration set a spec has no revision: what runs goes on, its cameras and galleries are passed on, and the
 * status says what is missing.
 */
function unresolvable(snapshot: ModelSnapshot, { unresolved }: References, sights: Sights, now: number): Action[] {
  const { model } = snapshot;
  const { reason, message } = unresolved[0]!;
  const { conditions: _, observedGeneration: __, lastHandledReconcileAt: ___, ...known } = model.status ?? {};
  const fields = { ...known, state: "Pending" as const };
  return [
    ...publish(model, statusOf(model, fields, { state: "Stalled", reason, message }, now)),
    ...sightActions(snapshot, sights, now),
  ];
}
