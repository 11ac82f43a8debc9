import type { ResolvedDataset, SlotRevision } from "../../../crds/enginebuild.ts";
import type { NodeRuntimeSpec } from "../../../crds/noderuntime.ts";
import { type Arrangement, buildTrial, type FailedRun } from "../build/noderuntime.ts";
import { type Budget, isAvailable, openBudget } from "./budget.ts";
import { type Course, type Destination, destinationOf } from "./course.ts";
import type { NodeView } from "./node.ts";
import { unreachable } from "./rule.ts";
import { incumbentOf, isCurrent } from "./slots.ts";
import { heldBy, isOpen } from "./waves.ts";

/** What a node is to hold next. */
export interface Step {
  readonly view: NodeView;
  readonly arrangement: Arrangement;
}

/** What a node's next step is decided with. */
interface Turn {
  readonly course: Course;
  readonly to: Destination;
  readonly budget: Budget;
  /** Its wave has begun. */
  readonly isOpen: boolean;
  /** The nodes of its wave have shown together what the gate requires. */
  readonly waveHasShown: boolean;
  readonly trialSet: TrialSet;
}

/** What a comparison needs besides the revisions. */
export interface TrialSet {
  readonly probes: ResolvedDataset | undefined;
  readonly galleryOf: (node: string) => NonNullable<NodeRuntimeSpec["galleries"]>[number] | undefined;
}

/** What every node of the model is to hold, in the order of their names within their waves. */
export function stepsOf(course: Course, trialSet: TrialSet): Step[] {
  const { heading, waves, standing } = course;
  const { to } = heading;
  if (to === undefined) {
    return [...course.wanted.values()].map((view) => ({
      view,
      arrangement: withRecords(course, view, stripped(course, view)),
    }));
  }
  const byWave = Map.groupBy(course.nodes, ({ member }) => member.wave);
  const isForward = heading.type === "Forward";
  return waves.flatMap((wave, index) => {
    const nodes = byWave.get(index) ?? [];
    const members = nodes.map(({ member }) => member);
    const lost = new Set(heldBy(wave).map(({ member }) => member));
    const budget = openBudget(wave.spec, members, lost);
    const waveHasShown = isForward && wave.evidence.hasShown && !standing.passed.has(wave.spec.name);
    const turn = { course, to, budget, isOpen: !isForward || isOpen(wave), waveHasShown, trialSet };
    return nodes.map((view) => {
      const own = course.newcomers.has(view.member.name)
        ? { ...turn, to: destinationOf(course, view)!, isOpen: true }
        : turn;
      return { view, arrangement: withRecords(course, view, next(view, own)) };
    });
  });
}

/** The failures of a node stay with it for as long as their runs are of interest, and its soak for as long as it lasts. */
function withRecords({ wanted, standing, heading }: Course, view: NodeView, arrangement: Arrangement): Arrangement {
  const failures: FailedRun[] = [
    ...recordOf(wanted.get(view.member.name), standing),
    ...(heading.type === "Back" && heading.to ? recordOf(view, heading.to.run) : []),
  ];
  const { slots } = arrangement;
  const soak = view.record?.run.revision === slots.active?.revision ? view.record : undefined;
  return { ...arrangement, ...(failures.length > 0 && { failures }), ...(soak && { soak }) };
}

function recordOf(view: NodeView | undefined, { revision, startedAt }: Destination["run"]): FailedRun[] {
  const failure = view?.failure;
  return failure === undefined || failure.gate === "Offline" ? [] : [{ run: { revision, startedAt }, failure }];
}

/** What a node is to hold next, by where it is. */
function next(view: NodeView, turn: Turn): Arrangement {
  if (holdsWithdrawn(turn.course, view)) return stripped(turn.course, view);
  switch (view.state) {
    case "Waiting":
    case "Building":
      return resting(view);
    case "Failed":
      return isAlone(view) ? held(view, turn) : resting(view);
    case "Built":
      return turn.isOpen ? begun(view, turn) : resting(view);
    case "Loading":
      return hasDeadChampion(view) ? unopposed(view, turn) : held(view, turn);
    case "Shadowing":
      return hasPassed(view, turn) && turn.budget.claim(view.member) ? active(view, turn) : shadow(view, turn);
    case "Activating":
    case "Soaking":
      return active(view, turn);
    case "Done":
      return turn.course.promoted || turn.course.heading.type === "Back" ? unopposed(view, turn) : active(view, turn);
    case "Deferred":
    case "Unavailable":
      return held(view, turn);
    case "RollingBack":
      return stripped(turn.course, view);
    default:
      return unreachable(view.state);
  }
}

/** It drives events with nothing beside it to go back to: the runtime goes on trying to load it. */
function isAlone({ position, incumbent, member: { runtime } }: NodeView): boolean {
  return position === "Active" && incumbent === undefined && runtime?.spec.trial === undefined;
}

/** The node's own verdict, or the wave's where the node's own evidence does not speak against it. */
function hasPassed({ member }: NodeView, { waveHasShown }: Turn): boolean {
  const { trial, slots } = member.runtime?.status ?? {};
  if (member.readyAt === undefined || !isAvailable(member) || !isCurrent(member.runtime!)) return false;
  const isReady = slots?.standby?.state === "Ready";
  return isReady && (trial?.verdict === "Success" || (waveHasShown && trial?.verdict !== "Failure"));
}

/** The first step: beside the champion, or in its place where there is none. */
function begun(view: NodeView, turn: Turn): Arrangement {
  const replacesPod = view.incumbent !== undefined && imageOf(turn.course, view.incumbent) !== turn.to.recipe?.image;
  if (hasDeadChampion(view)) return unopposed(view, turn);
  if (replacesPod && !turn.budget.claim(view.member)) return resting(view);
  return view.incumbent === undefined ? active(view, turn) : shadow(view, turn);
}

/** With a champion that cannot be loaded there is no comparison, and nobody who is served: as where there is none. */
function hasDeadChampion({ position, incumbent, member: { runtime } }: NodeView): boolean {
  const reported = runtime?.status?.slots?.active;
  const isBeside = position === "Idle" || position === "Shadow";
  return (
    isBeside && incumbent !== undefined && reported?.revision === incumbent.revision && reported.state === "Failed"
  );
}

/** The revision alone: nothing is compared. */
function unopposed(view: NodeView, turn: Turn): Arrangement {
  return { slots: { active: candidate(view, turn) } };
}

/** The image that a revision's pod runs, as far as it is recorded. */
export function imageOf({ snapshot, standing }: Course, { revision }: SlotRevision): string | undefined {
  if (revision === standing.revision) return standing.recipe.image;
  return snapshot.revisions.find((record) => record.revision === revision)?.recipe.image;
}

/** The champion alone. */
function resting({ incumbent }: NodeView): Arrangement {
  return { slots: incumbent === undefined ? {} : { active: incumbent } };
}

function shadow(view: NodeView, turn: Turn): Arrangement {
  const { incumbent } = view;
  if (incumbent === undefined) return active(view, turn);
  return {
    slots: { active: incumbent, standby: candidate(view, turn) },
    trial: trial(view, turn, incumbent, "Shadow"),
  };
}

/** The revision drives events; what it replaced stays at hand while it soaks. */
function active(view: NodeView, turn: Turn): Arrangement {
  const { incumbent } = view;
  const slots = { active: candidate(view, turn) };
  if (incumbent === undefined) return { slots };
  return { slots: { ...slots, standby: incumbent }, trial: trial(view, turn, incumbent, "Soak") };
}

/** The node keeps its place on the way. */
function held(view: NodeView, turn: Turn): Arrangement {
  const places = { Idle: resting, Shadow: shadow, Active: active, Home: unopposed } as const;
  return places[view.position](view, turn);
}

function candidate({ member, build }: NodeView, { to, course }: Turn): SlotRevision {
  const { active: first, standby } = member.runtime?.spec.slots ?? {};
  const ordered = [first, standby].find((slot) => slot?.revision === to.run.revision);
  const engines = ordered ?? (build && course.ledger.engines(to.run.revision, member.name));
  if (engines === undefined) throw new TypeError(`node ${member.name} has no engines of revision ${to.run.revision}`);
  return engines;
}

function trial(view: NodeView, { course, to, trialSet }: Turn, champion: SlotRevision, phase: "Shadow" | "Soak") {
  const { probes, galleryOf } = trialSet;
  const gallery = galleryOf(view.member.name);
  return buildTrial(course.snapshot.model, { run: to.run, champion: champion.revision, phase, probes, gallery });
}

/** Whether a node still holds, by order or by its own report, what nothing may run. */
export function holdsWithdrawn(course: Course, { member: { runtime } }: NodeView): boolean {
  const { withdrawn } = course;
  return [runtime?.spec.slots, runtime?.status?.slots].some((slots) =>
    [slots?.active, slots?.standby].some((slot) => slot !== undefined && withdrawn.has(slot.revision)),
  );
}

/** What is left of a node's slots without what nothing may run. */
function stripped(course: Course, { member: { runtime } }: NodeView): Arrangement {
  const left = incumbentOf(runtime?.spec, undefined, course.withdrawn);
  return { slots: left === undefined ? {} : { active: left } };
}
