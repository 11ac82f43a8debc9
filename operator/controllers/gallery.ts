import { gatherGallery } from "../gather/gallery.ts";
import type { Controller } from "../kit/controller.ts";
import { planGallery } from "../plan/gallery.ts";
import { loopOf, type Shared } from "./controller.ts";
import { galleryWatches } from "./watches.ts";

/** Says of FaceGalleries which version they are in and which nodes hold it. */
export function galleryController(shared: Shared): Controller {
  const { world } = shared;
  const gather = (key: string) => gatherGallery(world, key);
  return loopOf({ name: "facegallery", watches: galleryWatches(world), gather, plan: planGallery }, shared);
}
