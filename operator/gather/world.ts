import { labels } from "../../crds/annotations.ts";
import { keepManagedFieldsOf } from "../kit/apply.ts";
import type { IndexFunction } from "../kit/cache.ts";
import type { KubeObject } from "../kit/object.ts";
import { Reflector, type ReflectorOptions } from "../kit/reflector.ts";
import type { Resource } from "../kit/resource.ts";
import * as resources from "../resources.ts";
import { pickDeployment } from "./deployment.ts";
import { pickJob, pickPod } from "./job.ts";
import { pickNode } from "./node.ts";
import { pickRecord } from "./record.ts";

/** The operator's field manager. */
export const fieldManager = "facefleet-operator";

type Shared = Pick<ReflectorOptions<KubeObject, KubeObject, never>, "client" | "clock" | "random" | "log" | "metrics">;

/** How caches are looked into: by namespace, and by "namespace/model" of the label that the operator puts on its own. */
export type Index = "namespace" | "model";

const indexes: Record<Index, IndexFunction<KubeObject>> = {
  namespace: ({ metadata }) => [metadata.namespace ?? ""],
  model: (object) => modelKeyOf(object) ?? [],
};

/** "namespace/model" of an object that the operator made for a FaceModel. */
export function modelKeyOf({ metadata: { namespace, labels: given } }: KubeObject): [string] | undefined {
  const model = given?.[labels.model];
  return model === undefined ? undefined : [`${namespace ?? ""}/${model}`];
}

/** What the operator makes carries this label; of kinds that others use as well nothing else is listed. */
const managed = "app.kubernetes.io/managed-by=facefleet";

/** All that the operator knows of the cluster: one reflector for each kind. `namespace` limits it to one. */
export function watchWorld(shared: Shared, namespace: string | undefined) {
  const keepOurs = keepManagedFieldsOf(fieldManager);
  const scope = namespace === undefined ? {} : { namespace };
  const own = <T extends KubeObject>(resource: Resource<T>) =>
    new Reflector({ ...shared, ...scope, resource, indexes, pick: (object: T) => keepOurs(object) });
  const made = <Raw extends KubeObject, T extends KubeObject>(resource: Resource, pick: (raw: Raw) => T) =>
    new Reflector<Raw, T, Index>({
      ...shared,
      ...scope,
      resource: resource as Resource<Raw>,
      labelSelector: managed,
      indexes,
      pick: (raw) => pick(keepOurs(raw)),
    });
  return {
    models: own(resources.facemodels),
    datasets: own(resources.facedatasets),
    cameras: own(resources.camerastreams),
    galleries: own(resources.facegalleries),
    decisions: own(resources.rolloutdecisions),
    builds: own(resources.enginebuilds),
    runtimes: own(resources.noderuntimes),
    jobs: made(resources.jobs, pickJob),
    pods: made(resources.pods, pickPod),
    deployments: made(resources.deployments, pickDeployment),
    records: made(resources.controllerrevisions, pickRecord),
    nodes: new Reflector({ ...shared, resource: resources.nodes, indexes: {}, pick: pickNode }),
  };
}

export type World = ReturnType<typeof watchWorld>;

/** The caches of the world, by the kind of what they hold, for looking up what is to be written. */
export function liveObject(world: World, kind: string, key: string): KubeObject | undefined {
  const caches: Record<string, { get(key: string): KubeObject | undefined }> = {
    FaceModel: world.models.cache,
    FaceDataset: world.datasets.cache,
    CameraStream: world.cameras.cache,
    FaceGallery: world.galleries.cache,
    RolloutDecision: world.decisions.cache,
    EngineBuild: world.builds.cache,
    NodeRuntime: world.runtimes.cache,
    Job: world.jobs.cache,
    Deployment: world.deployments.cache,
    ControllerRevision: world.records.cache,
  };
  return caches[kind]?.get(key);
}
