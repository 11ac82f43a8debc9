import type { FaceGallery } from "../../crds/facegallery.ts";
import type { NodeRuntime } from "../../crds/noderuntime.ts";
import type { IndexFunction } from "../kit/cache.ts";
import type { KubeObject } from "../kit/object.ts";
import { Reflector, type ReflectorOptions } from "../kit/reflector.ts";
import type { Resource } from "../kit/resource.ts";
import { tryLabel } from "../plan/build/owner.ts";
import * as resources from "../resources.ts";
import { pickDeployment } from "./deployment.ts";
import { pickJob } from "./job.ts";
import { ownerOf, pickObject } from "./metadata.ts";
import { pickNode } from "./node.ts";
import { pickGallery, pickRuntime, sharePeople } from "./people.ts";
import { pickPod } from "./pod.ts";
import { pickRecord } from "./record.ts";

type Shared = Pick<ReflectorOptions<KubeObject, KubeObject, never>, "client" | "clock" | "random" | "log" | "metrics">;
type Kept<Raw extends KubeObject, T extends KubeObject, I extends string> = Pick<
  ReflectorOptions<Raw, T, I>,
  "pick" | "indexes" | "labelSelector"
>;

/** What the operator makes carries this label; of kinds that others use as well nothing else is listed. */
const managed = "app.kubernetes.io/managed-by=facefleet";

/** The FaceModel that controls an object. */
const byModel: IndexFunction<KubeObject> = (object) => [ownerOf(object, "FaceModel") ?? []].flat();

/** Cameras that a node is told to read, or says that it does. */
export function camerasOf({ spec, status }: NodeRuntime): string[] {
  return [...new Set([...(spec.cameras ?? []), ...(status?.cameras ?? [])].map(({ name }) => name))];
}

/** All that the operator knows of the cluster: one reflector for each kind, of one namespace but for the Nodes. */
export function watchWorld(shared: Shared, namespace: string) {
  const share = sharePeople();
  const picked = <Raw extends KubeObject, T extends KubeObject, I extends string = never>(
    resource: Resource,
    kept: Kept<Raw, T, I>,
  ) => {
    const scope = resource.namespaced ? { namespace } : {};
    return new Reflector<Raw, T, I>({ ...shared, ...scope, ...kept, resource: resource as Resource<Raw> });
  };
  const own = <T extends KubeObject, I extends string = never>(
    resource: Resource<T>,
    indexes?: Kept<T, T, I>["indexes"],
  ) => picked<T, T, I>(resource, { pick: pickObject, indexes });
  return {
    namespace,
    models: own(resources.facemodels),
    datasets: own(resources.facedatasets),
    cameras: own(resources.camerastreams, {
      model: ({ spec }) => [spec.modelRef.name],
      gallery: ({ spec }) => [spec.galleryRef?.name ?? []].flat(),
      node: ({ spec }) => [spec.nodeName],
    }),
    galleries: picked(resources.facegalleries, {
      pick: (gallery: FaceGallery) => pickGallery(gallery, share),
      indexes: { dataset: ({ spec }: FaceGallery) => [spec.datasetRef.name] },
    }),
    decisions: own(resources.rolloutdecisions, { model: ({ spec }) => [spec.modelRef.name] }),
    builds: own(resources.enginebuilds, { model: ({ spec }) => [spec.model] }),
    runtimes: picked(resources.noderuntimes, {
      pick: (runtime: NodeRuntime) => pickRuntime(runtime, share),
      indexes: { gallery: ({ spec }: NodeRuntime) => spec.galleries?.map(({ name }) => name) ?? [], camera: camerasOf },
    }),
    jobs: picked(resources.jobs, {
      labelSelector: managed,
      pick: pickJob,
      indexes: { build: ({ fact }) => [fact.build] },
    }),
    pods: picked(resources.pods, {
      labelSelector: `${managed},${tryLabel}`,
      pick: pickPod,
      indexes: { job: ({ job }) => [job] },
    }),
    deployments: picked(resources.deployments, {
      labelSelector: managed,
      pick: pickDeployment,
      indexes: { model: byModel },
    }),
    records: picked(resources.controllerrevisions, {
      labelSelector: managed,
      pick: pickRecord,
      indexes: { model: byModel },
    }),
    nodes: picked(resources.nodes, { pick: pickNode }),
  };
}

/** What {@link watchWorld} keeps up to date. */
export type World = ReturnType<typeof watchWorld>;

/** By kind, where what the operator writes is found again. */
const kept = {
  FaceModel: "models",
  FaceDataset: "datasets",
  CameraStream: "cameras",
  FaceGallery: "galleries",
  RolloutDecision: "decisions",
  EngineBuild: "builds",
  NodeRuntime: "runtimes",
  Job: "jobs",
  Deployment: "deployments",
  ControllerRevision: "records",
} as const satisfies Record<string, keyof World>;

/** Whether objects of a kind are found again once they are written. */
export function isKept(kind: string): kind is keyof typeof kept {
  return Object.hasOwn(kept, kind);
}

/** An object as it is known now. `key` is "namespace/name". */
export function findObject(world: World, kind: string, key: string): KubeObject | undefined {
  return isKept(kind) ? world[kept[kind]].cache.get(key) : undefined;
}
