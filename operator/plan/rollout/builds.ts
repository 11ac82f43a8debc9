import type { EngineBuild, ResolvedDataset } from "../../../crds/enginebuild.ts";
import { type Action, ofNode } from "../action.ts";
import { buildEngineBuild } from "../build/enginebuild.ts";
import { buildJob, buildRecipe } from "../build/job.ts";
import { outcomeOf } from "../build/outcome.ts";
import { isOver } from "../status/build.ts";
import { type Course, destinationOf } from "./course.ts";
import type { Entry } from "./ledger.ts";
import type { NodeView } from "./node.ts";
import { isOpen } from "./waves.ts";

/** What is to be built, and when a Job is tried again, in milliseconds since the epoch. */
export interface BuildSteps {
  readonly actions: readonly Action[];
  readonly times: readonly number[];
}

/**
 * Starts builds on nodes whose turn it is, as many at once as spec.rollout.maxConcurrentBuilds allows over all nodes.
 * A build that waits before it is tried again and one on a node that is away leave their place to others.
 */
export function buildSteps(course: Course, dataset: ResolvedDataset): BuildSteps {
  const { ledger, snapshot, now } = course;
  const away = new Set(course.membership.members.filter((member) => member.away).map(({ name }) => name));
  let free =
    snapshot.model.spec.rollout.maxConcurrentBuilds -
    ledger.entries.filter((entry) => !away.has(entry.build.spec.nodeName) && isRunning(entry)).length;
  const actions: Action[] = [];
  const times: number[] = [];
  const begin = ({ member }: NodeView, begun: readonly Action[]) => actions.push(...ofNode(member.name, begun));
  for (const view of course.nodes.filter((node) => isTurn(course, node))) {
    const entry = entryFor(course, view);
    const outcome = entry && outcomeOf(entry.job);
    if (entry !== undefined && entry.job === undefined) {
      begin(view, startJob(entry.build, 0, course));
    } else if (entry !== undefined && outcome?.type === "Again" && outcome.at > now) {
      times.push(outcome.at);
    } else if ((entry === undefined || outcome?.type === "Again") && free > 0) {
      free -= 1;
      begin(
        view,
        entry === undefined ? order(view, course, dataset) : startJob(entry.build, entry.job!.tries + 1, course),
      );
    }
  }
  return { actions, times };
}

function isRunning({ build, job }: Entry): boolean {
  return !isOver(build) && (job === undefined || job.state === "Active");
}

function isTurn({ heading, waves, newcomers }: Course, { state, member }: NodeView): boolean {
  const isWanting = (state === "Waiting" || state === "Building") && member.occupiedBy === undefined;
  return isWanting && (heading.type === "Back" || newcomers.has(member.name) || isOpen(waves[member.wave]!));
}

/** The build that the node waits for; one that failed before this run is none. */
function entryFor(course: Course, view: NodeView): Entry | undefined {
  const to = destinationOf(course, view);
  return view.build === undefined || to === undefined
    ? undefined
    : course.ledger.latest(to.run.revision, view.member.name);
}

function order(view: NodeView, course: Course, dataset: ResolvedDataset): Action[] {
  const { member, incumbent } = view;
  const { ledger, snapshot } = course;
  const { run, recipe } = destinationOf(course, view) ?? {};
  if (run === undefined || recipe === undefined) return [];
  const earlier = ledger.latest(run.revision, member.name)?.build.spec.attempt;
  const attempt = earlier === undefined ? 0 : earlier + 1;
  const { revision } = run;
  const object = buildEngineBuild(snapshot.model, {
    revision,
    recipe,
    node: member.name,
    attempt,
    dataset,
    champion: incumbent,
  });
  return [{ type: "Apply", object }];
}

function startJob(build: EngineBuild, tries: number, { snapshot }: Course): Action[] {
  return [buildRecipe(build), buildJob(build, tries, snapshot.settings)].map((object) => ({ type: "Apply", object }));
}
