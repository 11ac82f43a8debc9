import type { Condition } from "../../../crds/shared.ts";
import {
  markNotReady,
  markReady,
  markReconciling,
  markStalled,
  setCondition,
  type Condition as Known,
} from "../../kit/conditions.ts";

/** What is said of an object as a whole, in the words of kstatus. */
export interface Judgment {
  /**
   * Ready: all is as spec asks. Reconciling: it is being made so. Stalled: nothing happens until somebody acts. Waiting:
   * not ready, and neither worked on nor stuck, as when it is suspended.
   */
  readonly state: "Ready" | "Reconciling" | "Stalled" | "Waiting";
  readonly reason: string;
  readonly message: string;
}

const marks = { Ready: markReady, Reconciling: markReconciling, Stalled: markStalled, Waiting: markNotReady } as const;
const TRIO: readonly string[] = ["Ready", "Reconciling", "Stalled"];
/** Characters of a message that a person still reads; the API server takes more. */
const LONGEST = 2_000;

/** A condition of a kind's own; absent when it does not hold. */
export type OwnCondition = Pick<Condition, "type" | "reason" | "message">;

/**
 * The conditions of an object: Ready, and Reconciling or Stalled only while true, then the kind's own by name. The time
 * of a condition changes only with its status, so the same judgment gives the same conditions.
 *
 * @param own conditions of the kind's own that hold; those that do not are left out.
 */
export function conditionsFor(
  before: readonly Condition[] | undefined,
  { state, reason, message }: Judgment,
  { generation, now, own = [] }: { generation: number; now: number; own?: readonly OwnCondition[] },
): Condition[] {
  const wanted = new Set([...TRIO, ...own.map(({ type }) => type)]);
  const kept = before?.filter(({ type }) => wanted.has(type)) as readonly Known[] | undefined;
  const marked = marks[state](kept, { reason, message: message.slice(0, LONGEST), generation }, now);
  const common = { status: "True", observedGeneration: generation } as const;
  return own.reduce<Condition[]>(
    (set, condition) =>
      setCondition(set as Known[], { ...condition, ...common, message: condition.message.slice(0, LONGEST) }, now),
    marked,
  );
}
