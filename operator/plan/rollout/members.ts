import type { FaceModel } from "../../../crds/facemodel.ts";
import type { NodeRuntime } from "../../../crds/noderuntime.ts";
import { waveLabel } from "../build/owner.ts";
import { isEmpty, selects } from "../selector.ts";
import type { DeploymentFact, ModelSnapshot, NodeFact } from "../snapshot.ts";

const CONTROL_PLANE = "node-role.kubernetes.io/control-plane";

/** A node that belongs to the model. */
export interface Member {
  readonly name: string;
  /** Index of its wave in spec.rollout.waves. */
  readonly wave: number;
  /** Not ready for longer than is tolerated, or without a Node object. */
  readonly away: boolean;
  /** Since when it has not been ready, in milliseconds since the epoch; absent while it is. Reports say nothing about later. */
  readonly lostAt?: number;
  /** Since when it has been ready; absent while it is not. */
  readonly readyAt?: number;
  /** When it becomes away unless it becomes ready. */
  readonly awayAt?: number;
  /** Its NodeRuntime, if the model has it. */
  readonly runtime?: NodeRuntime;
  /** The other FaceModel whose NodeRuntime is still on the node. */
  readonly occupiedBy?: string;
  readonly deployment?: DeploymentFact;
}

/** Who runs the model, and who is left out although the selector takes it. */
export interface Membership {
  /** In the order of their names. */
  readonly members: readonly Member[];
  /** By older FaceModel: the nodes that belong to it. */
  readonly conflicts: ReadonlyMap<string, readonly string[]>;
  /** Nodes that no wave takes. */
  readonly waveless: readonly string[];
}

/**
 * The nodes of a model: those that its selector takes and no older FaceModel does. A node whose Node object is gone
 * stays a member, and away, for as long as it has a NodeRuntime: it may come back, and what it runs is recorded there.
 */
export function membersOf(snapshot: ModelSnapshot, now: number): Membership {
  const { model, nodes } = snapshot;
  const conflicts = new Map<string, string[]>();
  const waveless: string[] = [];
  const members: Member[] = [];
  for (const node of nodes.filter(({ labels }) => takes(model, labels))) {
    const older = claimant(snapshot, node);
    const wave = waveOf(model, node.labels);
    if (older !== undefined) conflicts.set(older, [...(conflicts.get(older) ?? []), node.name]);
    else if (wave < 0) waveless.push(node.name);
    else
      members.push({
        name: node.name,
        wave,
        ...presence(node, snapshot.settings.awayAfter, now),
        ...held(snapshot, node.name),
      });
  }
  members.push(...goneMembers(snapshot));
  return { members: members.toSorted((a, b) => (a.name < b.name ? -1 : 1)), conflicts, waveless };
}

/** Whether the selector of a model takes a node; an empty one takes every node that is not a control plane. */
export function takes({ spec }: FaceModel, labels: Readonly<Record<string, string>>): boolean {
  return isEmpty(spec.nodes) ? !(CONTROL_PLANE in labels) : selects(spec.nodes, labels);
}

function claimant({ olderModels }: ModelSnapshot, { labels }: NodeFact): string | undefined {
  return olderModels.find((older) => older.metadata.deletionTimestamp === undefined && takes(older, labels))?.metadata
    .name;
}

/** The first wave that selects the node; a wave without a selector takes the rest. */
function waveOf({ spec }: FaceModel, labels: Readonly<Record<string, string>>): number {
  return spec.rollout.waves.findIndex(({ nodes }) => nodes === undefined || selects(nodes, labels));
}

function presence(
  { ready, since }: NodeFact,
  awayAfter: number,
  now: number,
): Pick<Member, "away" | "lostAt" | "awayAt" | "readyAt"> {
  if (ready) return { away: false, readyAt: Date.parse(since) };
  const lostAt = Date.parse(since);
  const awayAt = lostAt + awayAfter;
  return awayAt <= now ? { away: true, lostAt } : { away: false, lostAt, awayAt };
}

function held({ model, runtimes, deployments }: ModelSnapshot, node: string) {
  const runtime = runtimes.get(node);
  const deployment = deployments.get(node);
  const own = runtime?.spec.model === model.metadata.name;
  return {
    ...(runtime !== undefined && (own ? { runtime } : { occupiedBy: runtime.spec.model })),
    ...(deployment && { deployment }),
  };
}

function goneMembers(snapshot: ModelSnapshot): Member[] {
  const { model, nodes, runtimes } = snapshot;
  const known = new Set(nodes.map(({ name }) => name));
  const { waves } = model.spec.rollout;
  return [...runtimes.values()]
    .filter(({ spec }) => spec.model === model.metadata.name && !known.has(spec.nodeName))
    .map(({ spec, metadata }) => {
      const wave = waves.findIndex(({ name }) => name === metadata.labels?.[waveLabel]);
      return {
        name: spec.nodeName,
        wave: wave < 0 ? waves.length - 1 : wave,
        away: true,
        ...held(snapshot, spec.nodeName),
      };
    });
}
