import type { GallerySnapshot } from "../plan/snapshot.ts";
import type { World } from "./world.ts";

/** All that the status of a FaceGallery depends on. `key` is "namespace/name". */
export function gatherGallery(world: World, key: string): GallerySnapshot | undefined {
  const gallery = world.galleries.cache.get(key);
  if (gallery === undefined) return undefined;
  const { namespace, name } = gallery.metadata;
  const dataset = world.datasets.cache.get(`${namespace}/${gallery.spec.datasetRef.name}`);
  const runtimes = world.runtimes.cache
    .byIndex("namespace", namespace)
    .filter(({ spec }) => spec.galleries?.some((each) => each.name === name));
  return { gallery, runtimes, ...(dataset && { dataset }) };
}
