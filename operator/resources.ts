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

function builtIn(of: string, kind: string, plural: string, namespaced = true): Resource {
  return { group: of, version: "v1", kind, plural, namespaced };
}

export const facemodels = ours<FaceModel>("FaceModel", "facemodels");
export const facedatasets = ours<FaceDataset>("FaceDataset", "facedatasets");
export const camerastreams = ours<CameraStream>("CameraStream", "camerastreams");
export const facegalleries = ours<FaceGallery>("FaceGallery", "facegalleries");
export const rolloutdecisions = ours<RolloutDecision>("RolloutDecision", "rolloutdecisions");
export const enginebuilds = ours<EngineBuild>("EngineBuild", "enginebuilds");
export const noderuntimes = ours<NodeRuntime>("NodeRuntime", "noderuntimes");
export const nodes = builtIn("", "Node", "nodes", false);
export const pods = builtIn("", "Pod", "pods");
export const configmaps = builtIn("", "ConfigMap", "configmaps");
export const jobs = builtIn("batch", "Job", "jobs");
export const deployments = builtIn("apps", "Deployment", "deployments");
export const controllerrevisions = builtIn("apps", "ControllerRevision", "controllerrevisions");

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

/** Kinds that are written and never read: the operator may not. */
export const unread: ReadonlySet<string> = new Set([configmaps.kind]);

/** The resource of a kind that the operator writes. @throws TypeError for any other kind: a plan asked for too much. */
export function resourceOf(kind: string): Resource {
  const resource = written.find((each) => each.kind === kind);
  if (resource === undefined) throw new TypeError(`the operator does not write objects of kind ${kind}`);
  return resource;
}
