import { gatherGallery } from "../gather/gallery.ts";
import { type Controller, watch } from "../kit/controller.ts";
import { keyOf } from "../kit/object.ts";
import { planGallery } from "../plan/gallery.ts";
import { isMaterial, isOfSpec } from "./changes.ts";
import { loopOf, type Shared } from "./controller.ts";

/** Says of FaceGalleries which version they are in and which nodes hold it. */
export function galleryController(shared: Shared): Controller {
  const { world } = shared;
  const { cache } = world.galleries;
  return loopOf(
    {
      name: "facegallery",
      watches: [
        watch(world.galleries, (gallery) => [keyOf(gallery)], isMaterial),
        watch(world.datasets, ({ metadata }) => cache.byIndex("dataset", metadata.name).map(keyOf), isOfSpec),
        watch(
          world.runtimes,
          ({ spec }) => spec.galleries?.map(({ name }) => `${world.namespace}/${name}`) ?? [],
          isMaterial,
        ),
      ],
      gather: (key) => gatherGallery(world, key),
      plan: planGallery,
    },
    shared,
  );
}
