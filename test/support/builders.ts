import type { z } from "zod";
import { apiVersion, type Kind, type ObjectMeta, type Resource } from "../../crds/kind.ts";
import { CameraStream } from "../../crds/camerastream.ts";
import { EngineBuild } from "../../crds/enginebuild.ts";
import { examples, type Example, type SpecInput } from "../../crds/examples.ts";
import { FaceDataset } from "../../crds/facedataset.ts";
import { FaceGallery } from "../../crds/facegallery.ts";
import { FaceModel } from "../../crds/facemodel.ts";
import { NodeRuntime } from "../../crds/noderuntime.ts";
import { RolloutDecision } from "../../crds/rolloutdecision.ts";

/** What a test says about an object; the rest is the valid example of the kind. Fields of `spec` replace whole fields. */
export interface Overrides<K extends Kind> {
  metadata?: Partial<ObjectMeta>;
  spec?: Partial<SpecInput<K>>;
  status?: z.infer<K["status"]>;
}

/** An object as a user sends it to the API server: metadata that only the server writes is left out. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Pick<ObjectMeta, "name"> & Partial<Omit<ObjectMeta, "uid" | "resourceVersion" | "generation">>;
  spec: unknown;
}

/** A builder of valid objects as the API server gives them: defaults filled in, server's metadata present. */
function builder<K extends Kind>(kind: K, example: Example<K>) {
  return (overrides: Overrides<K> = {}): Resource<z.infer<K["spec"]>, z.infer<K["status"]>> => ({
    apiVersion,
    kind: kind.kind,
    metadata: serverMetadata(kind.kind, { ...example.metadata, ...overrides.metadata }),
    spec: kind.spec.parse({ ...(example.spec as object), ...overrides.spec }) as z.infer<K["spec"]>,
    ...(overrides.status !== undefined && { status: overrides.status }),
  });
}

function serverMetadata(kind: string, given: Example["metadata"] & Partial<ObjectMeta>): ObjectMeta {
  return {
    uid: `uid-${kind}-${given.namespace}-${given.name}`.toLowerCase(),
    resourceVersion: "1",
    generation: 1,
    creationTimestamp: "2026-01-01T00:00:00Z",
    ...given,
  };
}

export const validFaceModel = builder(FaceModel, examples.FaceModel);
export const validFaceDataset = builder(FaceDataset, examples.FaceDataset);
export const validCameraStream = builder(CameraStream, examples.CameraStream);
export const validFaceGallery = builder(FaceGallery, examples.FaceGallery);
export const validRolloutDecision = builder(RolloutDecision, examples.RolloutDecision);
export const validEngineBuild = builder(EngineBuild, examples.EngineBuild);
export const validNodeRuntime = builder(NodeRuntime, examples.NodeRuntime);

/** The builder of each kind. */
export const valid = {
  FaceModel: validFaceModel,
  FaceDataset: validFaceDataset,
  CameraStream: validCameraStream,
  FaceGallery: validFaceGallery,
  RolloutDecision: validRolloutDecision,
  EngineBuild: validEngineBuild,
  NodeRuntime: validNodeRuntime,
};

export type KindName = keyof typeof valid;

/** The object as a user would apply it. */
export function manifest(object: Resource<unknown, unknown>): Manifest {
  const { apiVersion, kind, spec } = object;
  const { name, namespace, labels, annotations, finalizers, ownerReferences } = object.metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ...(ownerReferences && { ownerReferences }),
    },
    spec: structuredClone(spec),
  };
}
