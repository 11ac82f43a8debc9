import type { FaceModel } from "../../crds/facemodel.ts";
import { gatherDataset } from "../gather/dataset.ts";
import { type Controller, watch } from "../kit/controller.ts";
import { keyOf } from "../kit/object.ts";
import { planDataset } from "../plan/dataset.ts";
import { isMaterial, isOfSpec } from "./changes.ts";
import { loopOf, type Shared } from "./controller.ts";

/** Says of FaceDatasets whether they may be used as they are. */
export function datasetController(shared: Shared): Controller {
  const { world } = shared;
  const keys = (names: readonly string[]) => names.map((name) => `${world.namespace}/${name}`);
  return loopOf(
    {
      name: "facedataset",
      watches: [
        watch(world.datasets, (dataset) => [keyOf(dataset)], isMaterial),
        watch(world.models, ({ spec }) => keys(namedBy(spec)), isOfSpec),
        watch(world.galleries, ({ spec }) => keys([spec.datasetRef.name]), isOfSpec),
      ],
      gather: (key) => gatherDataset(world, key),
      plan: planDataset,
    },
    shared,
  );
}

function namedBy({ calibration, gates }: FaceModel["spec"]): string[] {
  return [calibration, gates.offline, gates.online.probes].flatMap((use) => use?.datasetRef.name ?? []);
}
