import { attribute } from "../../../evidence/attribution.ts";
import type { NodeView } from "../rollout/node.ts";
import type { Run } from "../rollout/slots.ts";

/** Chance of blaming a revision for nodes that would have been lost with any. */
const ALPHA = 0.05;

/**
 * What to make of nodes that were lost while the revision drove events on them, before it had soaked: those on the old
 * revision that were lost in the same run are looked at too.
 *
 * - Some of those were lost as well, and the candidate's not more often than chance allows: it is the place, and the
 *   nodes are away like any others.
 * - The candidate's were lost more often than chance allows: they have failed.
 * - Anything else shows nothing yet: they stay marked as lost, and their wave waits.
 */
export function judgeLosses(views: readonly NodeView[], run: Run): readonly NodeView[] {
  if (!views.some(({ lost }) => lost)) return views;
  const candidates = views.filter(({ position }) => position === "Active");
  const others = views.filter((view) => view.position !== "Active" && isOfRun(view, run));
  const { cause, pValue, message } = attribute(
    { nodes: candidates.length, failed: candidates.filter(({ lost }) => lost).length },
    { nodes: others.length, failed: others.filter(({ member }) => member.away).length },
    ALPHA,
  );
  if (cause === "Environment") return views.map((view) => ({ ...view, lost: false }));
  return cause === "Release" && pValue <= ALPHA
    ? views.map((view) => (view.lost ? failed(view, message) : view))
    : views;
}

/** A node that runs an old revision and was there when the run began. */
function isOfRun({ incumbent, member: { away, lostAt } }: NodeView, { startedAt }: Run): boolean {
  return incumbent !== undefined && (!away || (lostAt !== undefined && lostAt >= Date.parse(startedAt)));
}

function failed(view: NodeView, why: string): NodeView {
  const message = `the node was lost while the revision drove its events; ${why}`;
  return { ...view, state: "Failed", message, failure: { gate: "Runtime", message } };
}
