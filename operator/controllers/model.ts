import { gatherModel } from "../gather/model.ts";
import { ownerOf } from "../gather/metadata.ts";
import type { Delta } from "../kit/cache.ts";
import { type Controller, watch } from "../kit/controller.ts";
import { keyOf, type KubeObject } from "../kit/object.ts";
import { planFaceModel } from "../plan/facemodel.ts";
import { isMaterial, isOfSpec } from "./changes.ts";
import { loopOf, type Shared } from "./controller.ts";

type Referring = KubeObject & { readonly spec: { readonly modelRef: { readonly name: string } } };
type OfModel = KubeObject & { readonly spec: { readonly model: string } };

/** Rolls out FaceModels. */
export function modelController(shared: Shared): Controller {
  const { world, settings } = shared;
  const { models, builds, jobs } = world;
  const key = (name: string | undefined) => (name === undefined ? [] : [`${world.namespace}/${name}`]);
  const every = () => models.cache.list().map(keyOf);
  const referred = ({ spec }: Referring) => key(spec.modelRef.name);
  const ofSpec = ({ spec }: OfModel) => key(spec.model);
  const controlling = (object: KubeObject) => key(ownerOf(object, "FaceModel"));
  const building = (build: string | undefined) =>
    key(builds.cache.get(`${world.namespace}/${build ?? ""}`)?.spec.model);
  return loopOf(
    {
      name: "facemodel",
      watches: [
        watch(models, (model) => [keyOf(model)], isMaterial),
        // Which nodes belong to a model depends on the older ones.
        watch(models, every, isOfSpec),
        watch(world.datasets, every, isOfSpec),
        watch(world.galleries, every, isOfSpec),
        watch(world.cameras, referred, isOfSpec),
        watch(world.decisions, referred, isMaterial),
        watch(builds, ofSpec, isMaterial),
        watch(jobs, ({ fact }) => building(fact.build), isMaterial),
        watch(world.pods, ({ job }) => building(jobs.cache.get(`${world.namespace}/${job}`)?.fact.build), isMaterial),
        watch(world.deployments, controlling, isMaterial),
        watch(world.records, controlling, isMaterial),
        watch(world.runtimes, ofSpec, isMaterial),
        // A node that one model leaves is another's to take.
        watch(world.runtimes, every, isOfOccupant),
        watch(world.nodes, every, isMaterial),
      ],
      gather: (name) => gatherModel(world, name, settings),
      plan: planFaceModel,
    },
    shared,
  );
}

function isOfOccupant(delta: Delta<OfModel>): boolean {
  return delta.type !== "Updated" || delta.before.spec.model !== delta.object.spec.model;
}
