import type { Action } from "../action.ts";
import { timestamp } from "../duration.ts";
import type { Hearing } from "../rollout/decisions.ts";
import type { Judgment } from "./conditions.ts";
import { publish, statusOf } from "./publish.ts";

const states: Record<Hearing["outcome"], Judgment["state"]> = {
  Applies: "Ready",
  Refused: "Stalled",
  Waits: "Stalled",
};

/** Records what became of a decision. Nothing is written for one that was handled earlier. */
export function publishRuling({ decision, outcome, reason, message, at, isNew }: Hearing, now: number): Action[] {
  if (!isNew) return [];
  const fields = at === undefined ? {} : { handledAt: timestamp(at) };
  return publish(decision, statusOf(decision, fields, { state: states[outcome], reason, message }, now));
}
