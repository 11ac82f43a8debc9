import type { Condition } from "../../../crds/shared.ts";
import { timestamp } from "../duration.ts";

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

type Status = Condition["status"];

const trios: Record<Judgment["state"], { Ready: Status; Reconciling?: Status; Stalled?: Status }> = {
  Ready: { Ready: "True" },
  Reconciling: { Ready: "Unknown", Reconciling: "True" },
  Stalled: { Ready: "False", Stalled: "True" },
  Waiting: { Ready: "False" },
};

const TRIO = ["Ready", "Reconciling", "Stalled"] as const;
/** Characters of a message that a person still reads; the API server takes more. */
const LONGEST = 2_000;

/** A condition of a kind's own; absent when it does not hold. */
export type OwnCondition = Pick<Condition, "type" | "reason" | "message">;

/**
 * The conditions of an object: Ready, and Reconciling or Stalled only while true, then the kind's own. The time of a
 * condition changes only with its status, so the same judgment gives the same conditions.
 *
 * @param own conditions of the kind's own that hold; those that do not are left out.
 */
export function conditionsFor(
  before: readonly Condition[] | undefined,
  { state, reason, message }: Judgment,
  { generation, now, own = [] }: { generation: number; now: number; own?: readonly OwnCondition[] },
): Condition[] {
  const trio = TRIO.flatMap((type) => {
    const status = trios[state][type];
    return status === undefined ? [] : [{ type, status, reason, message }];
  });
  const wanted = [...trio, ...own.map((condition) => ({ ...condition, status: "True" as const }))];
  return wanted.map((condition) => {
    const known = before?.find(({ type }) => type === condition.type);
    const lastTransitionTime = known?.status === condition.status ? known.lastTransitionTime : timestamp(now);
    return {
      ...condition,
      message: condition.message.slice(0, LONGEST),
      observedGeneration: generation,
      lastTransitionTime,
    };
  });
}
