import type { CameraStream } from "../../crds/camerastream.ts";
import type { CameraSnapshot } from "../plan/snapshot.ts";
import { byName } from "./metadata.ts";
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
  const { modelRef, nodeName } = camera.spec;
  const model = world.models.cache.get(`${namespace}/${modelRef.name}`);
  const runtime = world.runtimes.cache.get(`${namespace}/${nodeName}`);
  const neighbors = world.cameras.cache
    .byIndex("node", nodeName)
    .filter(({ spec }) => spec.modelRef.name === modelRef.name);
  return {
    camera,
    nodeExists: world.nodes.cache.get(nodeName) !== undefined,
    leftOn: leftOn(world, camera),
    neighbors,
    ...peopleOf(world, neighbors),
    ...(model && { model }),
    ...(runtime && { runtime }),
  };
}

/** A node that is no longer there reads nothing. */
function leftOn({ runtimes, nodes }: World, { metadata, spec }: CameraStream): string[] {
  const holders = runtimes.cache.byIndex("camera", metadata.name).map((runtime) => runtime.metadata.name);
  return holders.filter((node) => node !== spec.nodeName && nodes.cache.get(node) !== undefined).toSorted();
}

function peopleOf({ namespace, galleries, datasets }: World, cameras: readonly CameraStream[]) {
  const used = new Set(cameras.flatMap(({ spec }) => spec.galleryRef?.name ?? []));
  const found = [...used].flatMap((name) => galleries.cache.get(`${namespace}/${name}`) ?? []);
  const pictures = found.flatMap(({ spec }) => datasets.cache.get(`${namespace}/${spec.datasetRef.name}`) ?? []);
  return { galleries: byName(found), datasets: byName(pictures) };
}
