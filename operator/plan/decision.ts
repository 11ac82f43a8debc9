import type { Action } from "./action.ts";
import type { DecisionSnapshot } from "./snapshot.ts";
import { publish, statusOf } from "./status/publish.ts";

/** Says of a RolloutDecision that there is nothing to decide on. Once its FaceModel is there, that one's plan rules on it. */
export function planDecision({ decision, modelExists }: DecisionSnapshot, now: number): Action[] {
  const { metadata, spec, status } = decision;
  if (modelExists || metadata.deletionTimestamp !== undefined || status?.handledAt !== undefined) return [];
  const message = `spec.modelRef names FaceModel ${spec.modelRef.name}, which does not exist: create it, or delete this decision and make another one`;
  return publish(decision, statusOf(decision, {}, { state: "Stalled", reason: "ModelNotFound", message }, now));
}
