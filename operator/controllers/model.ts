import { isDeepStrictEqual } from "node:util";
import { gatherModel } from "../gather/model.ts";
import { modelKeyOf } from "../gather/world.ts";
import { type Controller, watch } from "../kit/controller.ts";
import { keyOf, type KubeObject } from "../kit/object.ts";
import { planFaceModel } from "../plan/facemodel.ts";
import { loopOf, type Shared } from "./controller.ts";

/** Rolls out FaceModels. */
export function modelController(shared: Shared): Controller {
  const { world, settings } = shared;
  const modelsOf = ({ metadata }: KubeObject) =>
    world.models.cache.byIndex("namespace", metadata.namespace ?? "").map(keyOf);
  const named = ({ metadata, spec }: KubeObject & { spec: { modelRef: { name: string } } }) => [
    `${metadata.namespace ?? ""}/${spec.modelRef.name}`,
  ];
  const labelled = (object: KubeObject) => modelKeyOf(object) ?? [];
  return loopOf(
    {
      name: "facemodel",
      watches: [
        watch(world.models, (model) => new Set([keyOf(model), ...modelsOf(model)])),
        watch(world.datasets, modelsOf),
        watch(world.galleries, modelsOf),
        watch(world.cameras, named),
        watch(world.decisions, named),
        watch(world.builds, labelled),
        watch(world.jobs, labelled),
        watch(world.pods, labelled),
        watch(world.deployments, labelled),
        watch(world.records, labelled),
        watch(world.runtimes, labelled),
        watch(
          world.nodes,
          () => world.models.cache.list().map(keyOf),
          (delta) => delta.type !== "Updated" || !isDeepStrictEqual(delta.before.fact, delta.object.fact),
        ),
      ],
      gather: (key) => gatherModel(world, key, settings),
      plan: planFaceModel,
    },
    shared,
  );
}
