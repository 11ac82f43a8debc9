import type { CameraStream } from "../crds/camerastream.ts";
import type { EngineBuild } from "../crds/enginebuild.ts";
import type { FaceDataset } from "../crds/facedataset.ts";
import type { FaceGallery } from "../crds/facegallery.ts";
import type { FaceModel } from "../crds/facemodel.ts";
import { group, version } from "../crds/kind.ts";
import type { NodeRuntime } from "../crds/noderuntime.ts";
import type { RolloutDecision } from "../crds/rolloutdecision.ts";
import type { KubeObject } from "./kit/object.ts";
import type { Resource } from "./kit/resource.ts";

function ours<T extends KubeObject>(kind: string, plural: string): Resource<T> {
  return { group, version, kind, plural, namespaced: true };
}

export const facemodels = ours<FaceModel>("FaceModel", "facemodels");
export const facedatasets = ours<FaceDataset>("FaceDataset", "facedatasets");
export const camerastreams = ours<CameraStream>("CameraStream", "camerastreams");
export const facegalleries = ours<FaceGallery>("FaceGallery", "facegalleries");
export const rolloutdecisions = ours<RolloutDecision>("RolloutDecision", "rolloutdecisions");
export const enginebuilds = ours<EngineBuild>("EngineBuild", "enginebuilds");
export const noderuntimes = ours<NodeRuntime>("NodeRuntime", "noderuntimes");

export const nodes: Resource = { group: "", version: "v1", kind: "Node", plural: "nodes", namespaced: false };
export const pods: Resource = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };
export const configmaps: Resource = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};
export const jobs: Resource = { group: "batch", version: "v1", kind: "Job", plural: "jobs", namespaced: true };
export const deployments: Resource = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  namespaced: true,
};
export const controllerrevisions: Resource = {
  group: "apps",
  version: "v1",
  kind: "ControllerRevision",
  plural: "controllerrevisions",
  namespaced: true,
};

const written: readonly Resource[] = [
  facemodels,
  facedatasets,
  camerastreams,
  facegalleries,
  rolloutdecisions,
  enginebuilds,
  noderuntimes,
  configmaps,
  jobs,
  deployments,
  controllerrevisions,
];

/** The resource of a kind that the operator writes. @throws TypeError for any other kind: a plan asked for too much. */
export function resourceOf(kind: string): Resource {
  const resource = written.find((each) => each.kind === kind);
  if (resource === undefined) throw new TypeError(`the operator does not write objects of kind ${kind}`);
  return resource;
}
