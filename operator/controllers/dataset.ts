import { gatherDataset } from "../gather/dataset.ts";
import type { Controller } from "../kit/controller.ts";
import { planDataset } from "../plan/dataset.ts";
import { loopOf, type Shared } from "./controller.ts";
import { datasetWatches } from "./watches.ts";

/** Says of FaceDatasets whether they may be used as they are. */
export function datasetController(shared: Shared): Controller {
  const { world } = shared;
  const gather = (key: string) => gatherDataset(world, key);
  return loopOf({ name: "facedataset", watches: datasetWatches(world), gather, plan: planDataset }, shared);
}
