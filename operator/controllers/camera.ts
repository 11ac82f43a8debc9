import { gatherCamera } from "../gather/camera.ts";
import type { Controller } from "../kit/controller.ts";
import { planCamera } from "../plan/camera.ts";
import { loopOf, type Shared } from "./controller.ts";
import { cameraWatches } from "./watches.ts";

/** Says of CameraStreams whether they work, and why not. */
export function cameraController(shared: Shared): Controller {
  const { world } = shared;
  const gather = (key: string) => gatherCamera(world, key);
  return loopOf({ name: "camerastream", watches: cameraWatches(world), gather, plan: planCamera }, shared);
}
