import { gatherCamera } from "../gather/camera.ts";
import { type Controller, watch } from "../kit/controller.ts";
import { keyOf } from "../kit/object.ts";
import { planCamera } from "../plan/camera.ts";
import { isMaterial, isOfExistence } from "./changes.ts";
import { loopOf, type Shared } from "./controller.ts";

/** Says of CameraStreams whether they work, and why not. */
export function cameraController(shared: Shared): Controller {
  const { world } = shared;
  const { cache } = world.cameras;
  const by = (index: "model" | "gallery" | "node", name: string) => cache.byIndex(index, name).map(keyOf);
  return loopOf(
    {
      name: "camerastream",
      watches: [
        watch(world.cameras, (camera) => [keyOf(camera)], isMaterial),
        watch(world.models, ({ metadata }) => by("model", metadata.name), isMaterial),
        watch(world.galleries, ({ metadata }) => by("gallery", metadata.name), isMaterial),
        watch(world.runtimes, ({ metadata }) => by("node", metadata.name), isMaterial),
        watch(world.nodes, ({ metadata }) => by("node", metadata.name), isOfExistence),
      ],
      gather: (key) => gatherCamera(world, key),
      plan: planCamera,
    },
    shared,
  );
}
