import { gatherDecision } from "../gather/decision.ts";
import type { Controller } from "../kit/controller.ts";
import { planDecision } from "../plan/decision.ts";
import { loopOf, type Shared } from "./controller.ts";
import { decisionWatches } from "./watches.ts";

/** Says of RolloutDecisions whether there is a FaceModel to decide on. */
export function decisionController(shared: Shared): Controller {
  const { world } = shared;
  const gather = (key: string) => gatherDecision(world, key);
  return loopOf({ name: "rolloutdecision", watches: decisionWatches(world), gather, plan: planDecision }, shared);
}
