import type { GallerySnapshot } from "../plan/snapshot.ts";
import type { World } from "./world.ts";

/**
 * All that the status of a FaceGallery depends on.
 *
 * @param key "namespace/name".
 * @returns undefined when there is no such FaceGallery.
 */
export function gatherGallery(world: World, key: string): GallerySnapshot | undefined {
  const gallery = world.galleries.cache.get(key);
  if (gallery === undefined) return undefined;
  const { namespace, name } = gallery.metadata;
  const dataset = world.datasets.cache.get(`${namespace}/${gallery.spec.datasetRef.name}`);
  return { gallery, runtimes: world.runtimes.cache.byIndex("gallery", name), ...(dataset && { dataset }) };
}
