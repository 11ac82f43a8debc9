import type { SlotRevision } from "../../../crds/enginebuild.ts";
import type { Action } from "../action.ts";
import type { Sights } from "../build/cameras.ts";
import { failuresOf } from "../build/noderuntime.ts";
import type { Recipe } from "../revision.ts";
import type { ModelSnapshot } from "../snapshot.ts";
import type { Course } from "./course.ts";
import { membersOf } from "./members.ts";
import { type Order, orderActions } from "./orders.ts";
import { recordedSoak } from "./soak.ts";
import type { Step } from "./steps.ts";
import { heldBy } from "./waves.ts";

type Slots = Step["arrangement"]["slots"];

/**
 * The NodeRuntime and the Deployment of every node that has, or is to have, something in its slots. A node gets its
 * runtime when its first engines have passed their gate, and has it for as long as it belongs to the model.
 */
export function runtimeActions(course: Course, steps: readonly Step[], sights: Sights): Action[] {
  const kept = course.standing.history.map(({ revision }) => revision);
  const orders = steps.flatMap((step): Order[] => {
    const { arrangement, view } = step;
    const { member } = view;
    const isWanted = member.runtime !== undefined || arrangement.slots.active !== undefined;
    if (!isWanted || member.occupiedBy !== undefined) return [];
    const recipe = recipeFor(course, arrangement.slots);
    return [{ member, arrangement, sight: sights.of(member.name), keep: enginesToKeep(course, step, kept), recipe }];
  });
  const { snapshot, membership, waves } = course;
  const lost = new Set(waves.flatMap((wave) => heldBy(wave).map(({ member }) => member)));
  return orderActions({ snapshot, members: membership.members, lost, orders });
}

/**
 * What a model that is not rolled out still passes on to its nodes: what they look at, and whom they may recognize. A
 * mask that is drawn or a person who is erased must not wait for a model.
 */
export function sightActions(snapshot: ModelSnapshot, sights: Sights, now: number): Action[] {
  const { members } = membersOf(snapshot, now);
  const orders = members.flatMap((member): Order[] => {
    const { runtime } = member;
    if (runtime === undefined) return [];
    const { slots, trial, keep = [] } = runtime.spec;
    const soak = recordedSoak(runtime);
    const arrangement = { slots, trial, failures: failuresOf(runtime), ...(soak && { soak }) };
    return [{ member, arrangement, sight: sights.of(member.name), keep, recipe: recordedRecipe(snapshot, slots) }];
  });
  return orderActions({ snapshot, members, orders });
}

/** That of the newest revision in the slots: its image serves both. */
function recipeFor({ heading, snapshot, standing }: Course, slots: Slots): Recipe {
  const to = heading.to;
  if (to?.recipe !== undefined && heldIn(slots).includes(to.run.revision)) return to.recipe;
  return recordedRecipe(snapshot, slots) ?? to?.recipe ?? standing.recipe;
}

function recordedRecipe({ revisions }: ModelSnapshot, slots: Slots): Recipe | undefined {
  const held = heldIn(slots);
  return revisions.toSorted((a, b) => b.number - a.number).find(({ revision }) => held.includes(revision))?.recipe;
}

function heldIn({ active, standby }: Slots): (string | undefined)[] {
  return [active?.revision, standby?.revision];
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
