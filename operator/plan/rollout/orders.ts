import type { SlotRevision } from "../../../crds/enginebuild.ts";
import { type Action, ofNode } from "../action.ts";
import type { NodeSight } from "../build/cameras.ts";
import { buildDeployment } from "../build/deployment.ts";
import { applyIfChanged } from "../build/fresh.ts";
import { type Arrangement, buildNodeRuntime } from "../build/noderuntime.ts";
import type { Recipe } from "../revision.ts";
import type { ModelSnapshot } from "../snapshot.ts";
import { type Budget, openBudget } from "./budget.ts";
import type { Member } from "./members.ts";

/** What a node is to be told, and what its runtime's pod is made of. */
export interface Order {
  readonly member: Member;
  readonly arrangement: Arrangement;
  readonly sight: NodeSight;
  /** Engines for instant rollback. */
  readonly keep: readonly SlotRevision[];
  /** Whose image the pod runs; absent when it is not known any more: then the pod stays as it is. */
  readonly recipe?: Recipe | undefined;
}

/** All that is ordered of a model at once. */
export interface Orders {
  readonly snapshot: ModelSnapshot;
  /** All nodes of the model. */
  readonly members: readonly Member[];
  /** Those that keep their place in the budget though they are away. */
  readonly lost?: ReadonlySet<Member>;
  readonly orders: readonly Order[];
}

/** An order as what is to be written. */
interface Draft {
  readonly member: Member;
  readonly runtime: readonly Action[];
  readonly deployment: readonly Action[];
  /** The order brings in a revision, or lets another drive events. */
  readonly brings: "Standby" | "Active" | undefined;
}

/**
 * The NodeRuntime and the Deployment of each order, as far as they differ from what is there. A pod is replaced whenever
 * its Deployment changes, so that costs a place in the budget of the node's wave: what the rollout takes out of service
 * comes first (its steps have claimed their places, and whoever leaves a revision that drives events does not ask), then
 * the others while there are places left. A node whose pod has to wait is told of its cameras all the same.
 */
export function orderActions({ snapshot, members, lost = new Set(), orders }: Orders): Action[] {
  const { waves } = snapshot.model.spec.rollout;
  const byWave = Map.groupBy(members, ({ wave }) => wave);
  const budgets = waves.map((wave, index) => openBudget(wave, byWave.get(index) ?? [], lost));
  const drafts = orders.map((order) => draftOf(snapshot, order));
  for (const { member, brings } of drafts) if (brings !== undefined) budgets[member.wave]!.claim(member);
  return drafts.flatMap((draft) => ofNode(draft.member.name, inOrder(draft, budgets[draft.member.wave]!)));
}

/** A pod comes once its NodeRuntime is known, whose uid its Deployment refers to. */
function draftOf({ model, settings }: ModelSnapshot, { member, arrangement, sight, keep, recipe }: Order): Draft {
  const wave = model.spec.rollout.waves[member.wave]!.name;
  const node = member.name;
  const runtime = buildNodeRuntime(model, { node, wave, sight, keep, ...arrangement });
  const known = member.runtime;
  const deployment =
    recipe && known && buildDeployment(model, { node, runtime: known, recipe, secrets: sight.secrets }, settings);
  return {
    member,
    runtime: applyIfChanged(runtime, member.runtime, gist(runtime)),
    deployment: deployment ? applyIfChanged(deployment, member.deployment?.object) : [],
    brings: broughtBy(member, arrangement),
  };
}

/** A NodeRuntime without the people of its galleries, who may be many and are told by the gallery's version. */
function gist({ metadata, spec }: ReturnType<typeof buildNodeRuntime>) {
  return { metadata, spec: { ...spec, galleries: spec.galleries?.map(({ name, version }) => ({ name, version })) } };
}

function broughtBy({ runtime }: Member, { slots }: Arrangement): Draft["brings"] {
  const { active, standby } = runtime?.spec.slots ?? {};
  if (active?.engineKey !== slots.active?.engineKey) return "Active";
  return slots.standby === undefined || standby?.engineKey === slots.standby.engineKey ? undefined : "Standby";
}

/** A candidate needs the pod of its own image, which comes first, so that a crash in between leaves nothing half done. */
function inOrder({ member, runtime, deployment, brings }: Draft, budget: Budget): readonly Action[] {
  if (brings === "Standby") return [...deployment, ...runtime];
  const isFree = deployment.length === 0 || member.deployment === undefined || brings === "Active";
  return isFree || budget.claim(member) ? [...runtime, ...deployment] : runtime;
}
