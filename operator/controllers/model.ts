import { gatherModel } from "../gather/model.ts";
import type { Controller } from "../kit/controller.ts";
import { planFaceModel } from "../plan/facemodel.ts";
import { loopOf, type Shared } from "./controller.ts";
import { modelWatches } from "./watches.ts";

/** Rolls out FaceModels. */
export function modelController(shared: Shared): Controller {
  const { world, settings } = shared;
  const gather = (key: string) => gatherModel(world, key, settings);
  return loopOf({ name: "facemodel", watches: modelWatches(world), gather, plan: planFaceModel }, shared);
}
