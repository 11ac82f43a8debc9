import { gatherGallery } from "../gather/gallery.ts";
import { type Controller, watch } from "../kit/controller.ts";
import { keyOf, type KubeObject } from "../kit/object.ts";
import { planGallery } from "../plan/gallery.ts";
import { loopOf, type Shared } from "./controller.ts";

/** Says of FaceGalleries which version they are in and which nodes hold it. */
export function galleryController(shared: Shared): Controller {
  const { world } = shared;
  const galleriesOf = ({ metadata }: KubeObject) =>
    world.galleries.cache.byIndex("namespace", metadata.namespace ?? "").map(keyOf);
  return loopOf(
    {
      name: "facegallery",
      watches: [
        watch(world.galleries, (gallery) => [keyOf(gallery)]),
        watch(world.datasets, galleriesOf),
        watch(world.runtimes, galleriesOf),
      ],
      gather: (key) => gatherGallery(world, key),
      plan: planGallery,
    },
    shared,
  );
}
