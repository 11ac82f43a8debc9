import type { CameraSnapshot } from "../plan/snapshot.ts";
import type { World } from "./world.ts";

/** All that the status of a CameraStream depends on. `key` is "namespace/name". */
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
    policies: new Set(),
    ...(model && { model }),
    ...(runtime && { runtime }),
    ...(gallery && { gallery }),
  };
}
