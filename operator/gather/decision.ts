import type { DecisionSnapshot } from "../plan/snapshot.ts";
import type { World } from "./world.ts";

/**
 * All that the status of a RolloutDecision depends on while its FaceModel does not rule on it.
 *
 * @param key "namespace/name".
 * @returns undefined when there is no such RolloutDecision.
 */
export function gatherDecision({ namespace, decisions, models }: World, key: string): DecisionSnapshot | undefined {
  const decision = decisions.cache.get(key);
  if (decision === undefined) return undefined;
  return { decision, modelExists: models.cache.get(`${namespace}/${decision.spec.modelRef.name}`) !== undefined };
}
