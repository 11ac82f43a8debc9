import type { SlotRevision } from "../../../crds/enginebuild.ts";
import { type Action, ofNode } from "../action.ts";
import type { SecretSource } from "../build/deployment.ts";
import { buildDeployment } from "../build/deployment.ts";
import { applyIfChanged } from "../build/fresh.ts";
import { buildNodeRuntime } from "../build/noderuntime.ts";
import type { Sights } from "../build/cameras.ts";
import type { Recipe } from "../revision.ts";
import type { Course } from "./course.ts";
import type { Step } from "./steps.ts";

/**
 * The NodeRuntime and the Deployment of every node that has, or is to have, something in its slots. A node gets its
 * runtime when its first engines have passed their gate, and has it for as long as it belongs to the model.
 */
export function runtimeActions(course: Course, steps: readonly Step[], sights: Sights): Action[] {
  const kept = course.standing.history.map(({ revision }) => revision);
  return steps.flatMap((step) => {
    const { member } = step.view;
    const isWanted = member.runtime !== undefined || step.arrangement.slots.active !== undefined;
    if (!isWanted || member.occupiedBy !== undefined) return [];
    const sight = sights.of(member.name);
    const keep = enginesToKeep(course, step, kept);
    const { name } = course.waves[member.wave]!.spec;
    const runtime = buildNodeRuntime(course.snapshot.model, {
      node: member.name,
      wave: name,
      sight,
      keep,
      ...step.arrangement,
    });
    return ofNode(member.name, [
      ...applyIfChanged(runtime, member.runtime, gist(runtime)),
      ...deploymentActions(course, step, sight.secrets),
    ]);
  });
}

/** A NodeRuntime without the people of its galleries, who may be many and are told by the gallery's version. */
function gist({ metadata, spec }: ReturnType<typeof buildNodeRuntime>) {
  return { metadata, spec: { ...spec, galleries: spec.galleries?.map(({ name, version }) => ({ name, version })) } };
}

function deploymentActions(course: Course, { view, arrangement }: Step, secrets: readonly SecretSource[]): Action[] {
  const { model, settings } = course.snapshot;
  const recipe = recipeFor(course, arrangement.slots);
  const deployment = buildDeployment(model, { node: view.member.name, recipe, secrets }, settings);
  return applyIfChanged(deployment, view.member.deployment?.object);
}

/** That of the newest revision in the slots: its image serves both. */
function recipeFor({ heading, snapshot, standing }: Course, { active, standby }: Step["arrangement"]["slots"]): Recipe {
  const held = [active?.revision, standby?.revision];
  const to = heading.to;
  if (to?.recipe !== undefined && held.includes(to.run.revision)) return to.recipe;
  return snapshot.revisions.find(({ revision }) => held.includes(revision))?.recipe ?? to?.recipe ?? standing.recipe;
}

/** Engines of earlier revisions that the node has, for instant rollback. */
function enginesToKeep({ ledger }: Course, { view, arrangement }: Step, revisions: readonly string[]): SlotRevision[] {
  const { active, standby } = arrangement.slots;
  const held = new Set([active?.engineKey, standby?.engineKey]);
  const engines = revisions.flatMap((revision) => ledger.engines(revision, view.member.name) ?? []);
  return engines.filter(({ engineKey }, index) => {
    const isFirst = engines.findIndex((other) => other.engineKey === engineKey) === index;
    return isFirst && !held.has(engineKey);
  });
}
