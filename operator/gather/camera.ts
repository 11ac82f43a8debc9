import type { CameraSnapshot } from "../plan/snapshot.ts";
import type { World } from "./world.ts";

/**
 * All that the status of a CameraStream depends on.
 *
 * @param key "namespace/name".
 * @returns undefined when there is no such CameraStream.
 */
export function gatherCamera(world: World, key: string): CameraSnapshot | undefined {
  const camera = world.cameras.cache.get(key);
  if (camera === undefined) return undefined;
  const { namespace } = camera.metadata;
  const { modelRef, galleryRef, nodeName } = camera.spec;
  const model = world.models.cache.get(`${namespace}/${modelRef.name}`);
  const runtime = world.runtimes.cache.get(`${namespace}/${nodeName}`);
  const gallery = galleryRef && world.galleries.cache.get(`${namespace}/${galleryRef.name}`);
  return {
    camera,
    nodeExists: world.nodes.cache.get(nodeName) !== undefined,
    // The API does not have the kind yet, so there is none that a camera could name.
    policies: new Set(),
    ...(model && { model }),
    ...(runtime && { runtime }),
    ...(gallery && { gallery }),
  };
}
