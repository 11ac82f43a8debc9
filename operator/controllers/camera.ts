import { gatherCamera } from "../gather/camera.ts";
import { type Controller, watch } from "../kit/controller.ts";
import { keyOf, type KubeObject } from "../kit/object.ts";
import { planCamera } from "../plan/camera.ts";
import { loopOf, type Shared } from "./controller.ts";

/** Says of CameraStreams whether they work, and why not. */
export function cameraController(shared: Shared): Controller {
  const { world } = shared;
  const camerasOf = ({ metadata }: KubeObject) =>
    world.cameras.cache.byIndex("namespace", metadata.namespace ?? "").map(keyOf);
  return loopOf(
    {
      name: "camerastream",
      watches: [
        watch(world.cameras, (camera) => [keyOf(camera)]),
        watch(world.models, camerasOf),
        watch(world.galleries, camerasOf),
        watch(world.runtimes, camerasOf),
        watch(
          world.nodes,
          () => world.cameras.cache.list().map(keyOf),
          ({ type }) => type !== "Updated",
        ),
      ],
      gather: (key) => gatherCamera(world, key),
      plan: planCamera,
    },
    shared,
  );
}
