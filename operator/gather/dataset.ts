import type { DatasetSnapshot } from "../plan/snapshot.ts";
import type { World } from "./world.ts";

/** All that the status of a FaceDataset depends on. `key` is "namespace/name". */
export function gatherDataset(world: World, key: string): DatasetSnapshot | undefined {
  const dataset = world.datasets.cache.get(key);
  if (dataset === undefined) return undefined;
  const { namespace } = dataset.metadata;
  return {
    dataset,
    models: world.models.cache.byIndex("namespace", namespace),
    galleries: world.galleries.cache.byIndex("namespace", namespace),
  };
}
