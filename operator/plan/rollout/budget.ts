import type { Wave } from "../../../crds/gates.ts";
import type { Member } from "./members.ts";
import { isServing } from "./slots.ts";

/** Nodes of a wave of which so many may be out of service at once. */
export interface Budget {
  /**
   * Whether a node may be taken out of service now; counts it if so. One that is out of service already may always take
   * its step, since nothing is lost by it and it may be what brings it back.
   */
  claim(member: Member): boolean;
}

/**
 * Whether a node serves what was ordered: its active slot is the ordered one and ready, and its pod is. Nodes that are
 * away are not asked: what they do cannot be seen, and they would use up the budget of the others.
 */
export function isAvailable({ runtime, deployment }: Member): boolean {
  return runtime !== undefined && isServing(runtime) && deployment?.available === true;
}

/**
 * The budget of a wave: maxUnavailable less the nodes that are between champion and candidate or down for another
 * reason. Shadowing costs nothing, since the champion serves meanwhile. A percentage is rounded down, to 1 at least.
 *
 * @param lost nodes that the revision may have taken down: unlike others that are away they keep their place.
 */
export function openBudget(
  { maxUnavailable }: Wave,
  members: readonly Member[],
  lost: ReadonlySet<Member> = new Set(),
): Budget {
  let left =
    allowed(maxUnavailable, members.length) - members.filter((member) => isOut(member) || lost.has(member)).length;
  return {
    claim: (member) => {
      if (!isAvailable(member)) return true;
      if (left <= 0) return false;
      left -= 1;
      return true;
    },
  };
}

/** A node that never had anything to serve is not out of service. */
function isOut(member: Member): boolean {
  return !member.away && member.runtime?.spec.slots.active !== undefined && !isAvailable(member);
}

function allowed(maxUnavailable: string, nodes: number): number {
  if (!maxUnavailable.endsWith("%")) return Number(maxUnavailable);
  return Math.max(1, Math.floor((nodes * Number(maxUnavailable.slice(0, -1))) / 100));
}
