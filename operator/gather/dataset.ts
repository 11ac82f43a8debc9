import type { DatasetSnapshot } from "../plan/snapshot.ts";
import type { World } from "./world.ts";

/**
 * All that the status of a FaceDataset depends on.
 *
 * @param key "namespace/name".
 * @returns undefined when there is no such FaceDataset.
 */
export function gatherDataset(world: World, key: string): DatasetSnapshot | undefined {
  const dataset = world.datasets.cache.get(key);
  return dataset && { dataset, models: world.models.cache.list(), galleries: world.galleries.cache.list() };
}
