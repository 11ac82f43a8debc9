import { gatherDataset } from "../gather/dataset.ts";
import { type Controller, watch } from "../kit/controller.ts";
import { keyOf, type KubeObject } from "../kit/object.ts";
import { planDataset } from "../plan/dataset.ts";
import { loopOf, type Shared } from "./controller.ts";

/** Says of FaceDatasets whether they may be used as they are. */
export function datasetController(shared: Shared): Controller {
  const { world } = shared;
  const datasetsOf = ({ metadata }: KubeObject) =>
    world.datasets.cache.byIndex("namespace", metadata.namespace ?? "").map(keyOf);
  return loopOf(
    {
      name: "facedataset",
      watches: [
        watch(world.datasets, (dataset) => [keyOf(dataset)]),
        watch(world.models, datasetsOf),
        watch(world.galleries, datasetsOf),
      ],
      gather: (key) => gatherDataset(world, key),
      plan: planDataset,
    },
    shared,
  );
}
