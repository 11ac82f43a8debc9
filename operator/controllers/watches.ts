import type { FaceModel } from "../../crds/facemodel.ts";
import { ownerOf } from "../gather/metadata.ts";
import { camerasOf, type World } from "../gather/world.ts";
import type { Delta } from "../kit/cache.ts";
import { type Watch, watch } from "../kit/controller.ts";
import { keyOf, type KubeObject } from "../kit/object.ts";
import { isMaterial, isOfExistence, isOfSpec } from "./changes.ts";

type Referring = KubeObject & { readonly spec: { readonly modelRef: { readonly name: string } } };
type OfModel = KubeObject & { readonly spec: { readonly model: string } };

/** Which FaceModels a change concerns. */
export function modelWatches(world: World): Watch[] {
  const { namespace, models, builds, jobs } = world;
  const key = (name: string | undefined) => (name === undefined ? [] : [`${namespace}/${name}`]);
  const every = () => models.cache.list().map(keyOf);
  const referred = ({ spec }: Referring) => key(spec.modelRef.name);
  const ofSpec = ({ spec }: OfModel) => key(spec.model);
  const controlling = (object: KubeObject) => key(ownerOf(object, "FaceModel"));
  const building = (build: string | undefined) => key(builds.cache.get(`${namespace}/${build ?? ""}`)?.spec.model);
  return [
    watch(models, (model) => [keyOf(model)], isMaterial),
    // Which nodes belong to a model depends on the older ones.
    watch(models, every, isOfSpec),
    watch(world.datasets, every, isOfSpec),
    watch(world.galleries, every, isOfSpec),
    watch(world.cameras, referred, isOfSpec),
    watch(world.decisions, referred, isMaterial),
    watch(builds, ofSpec, isMaterial),
    watch(jobs, ({ fact }) => building(fact.build), isMaterial),
    watch(world.pods, ({ job }) => building(jobs.cache.get(`${namespace}/${job}`)?.fact.build), isMaterial),
    watch(world.deployments, controlling, isMaterial),
    watch(world.records, controlling, isMaterial),
    watch(world.runtimes, ofSpec, isMaterial),
    // A node that one model leaves is another's to take.
    watch(world.runtimes, every, isOfOccupant),
    watch(world.nodes, every, isMaterial),
  ];
}

function isOfOccupant(delta: Delta<OfModel>): boolean {
  return delta.type !== "Updated" || delta.before.spec.model !== delta.object.spec.model;
}

/** Which CameraStreams a change concerns. */
export function cameraWatches({ namespace, cameras, models, galleries, runtimes, nodes }: World): Watch[] {
  const by = (index: "model" | "gallery" | "node", name: string) => cameras.cache.byIndex(index, name).map(keyOf);
  return [
    watch(cameras, (camera) => [keyOf(camera)], isMaterial),
    watch(models, ({ metadata }) => by("model", metadata.name), isOfExistence),
    watch(galleries, ({ metadata }) => by("gallery", metadata.name), isOfExistence),
    watch(runtimes, ({ metadata }) => by("node", metadata.name), isMaterial),
    // A camera that has moved may still be read where it was.
    watch(runtimes, (runtime) => camerasOf(runtime).map((name) => `${namespace}/${name}`), isMaterial),
    watch(nodes, ({ metadata }) => by("node", metadata.name), isOfExistence),
  ];
}

/** Which FaceGalleries a change concerns. */
export function galleryWatches({ namespace, galleries, datasets, runtimes }: World): Watch[] {
  const { cache } = galleries;
  return [
    watch(galleries, (gallery) => [keyOf(gallery)], isMaterial),
    watch(datasets, ({ metadata }) => cache.byIndex("dataset", metadata.name).map(keyOf), isOfSpec),
    watch(runtimes, ({ spec }) => spec.galleries?.map(({ name }) => `${namespace}/${name}`) ?? [], isMaterial),
  ];
}

/** Which RolloutDecisions a change concerns. */
export function decisionWatches({ decisions, models }: World): Watch[] {
  return [
    watch(decisions, (decision) => [keyOf(decision)], isMaterial),
    watch(models, ({ metadata }) => decisions.cache.byIndex("model", metadata.name).map(keyOf), isOfExistence),
  ];
}

/** Which FaceDatasets a change concerns. */
export function datasetWatches({ namespace, datasets, models, galleries }: World): Watch[] {
  const keys = (names: readonly string[]) => names.map((name) => `${namespace}/${name}`);
  return [
    watch(datasets, (dataset) => [keyOf(dataset)], isMaterial),
    watch(models, ({ spec }) => keys(datasetsOf(spec)), isOfSpec),
    watch(galleries, ({ spec }) => keys([spec.datasetRef.name]), isOfSpec),
  ];
}

function datasetsOf({ calibration, gates }: FaceModel["spec"]): string[] {
  return [calibration, gates.offline, gates.online.probes].flatMap((use) => use?.datasetRef.name ?? []);
}
