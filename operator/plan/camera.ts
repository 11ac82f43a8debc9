import type { Action } from "./action.ts";
import { firstHit, type Rule } from "./rollout/rule.ts";
import type { CameraSnapshot } from "./snapshot.ts";
import type { Judgment } from "./status/conditions.ts";
import { publish, statusOf } from "./status/publish.ts";

type CameraRule = Rule<CameraSnapshot, Judgment>;

const stalled = (reason: string, message: string): Judgment => ({ state: "Stalled", reason, message });
const reconciling = (reason: string, message: string): Judgment => ({ state: "Reconciling", reason, message });

const suspended: CameraRule = ({ camera }) =>
  camera.spec.suspend
    ? { state: "Waiting", reason: "Suspended", message: "spec.suspend is set: the camera is not read" }
    : undefined;

const nodeMissing: CameraRule = ({ camera: { spec }, nodeExists }) =>
  nodeExists
    ? undefined
    : stalled(
        "NodeNotFound",
        `spec.nodeName names node ${spec.nodeName}, which does not exist: name another or add it`,
      );

const modelMissing: CameraRule = ({ camera: { spec }, model }) =>
  model === undefined
    ? stalled(
        "ModelNotFound",
        `spec.modelRef names FaceModel ${spec.modelRef.name}, which does not exist: create it or name another`,
      )
    : undefined;

const galleryMissing: CameraRule = ({ camera: { spec }, gallery }) =>
  spec.galleryRef !== undefined && gallery === undefined
    ? stalled(
        "GalleryNotFound",
        `spec.galleryRef names FaceGallery ${spec.galleryRef.name}, which does not exist: create it or name another; nobody is recognized meanwhile`,
      )
    : undefined;

const policyMissing: CameraRule = ({ camera: { spec }, policies }) =>
  spec.adaptationPolicyRef !== undefined && !policies.has(spec.adaptationPolicyRef.name)
    ? stalled(
        "PolicyNotFound",
        `spec.adaptationPolicyRef names AdaptationPolicy ${spec.adaptationPolicyRef.name}, which does not exist: create it or remove the reference; the camera is read without adaptation`,
      )
    : undefined;

/** The node runs another FaceModel, or none yet. */
const nodeElsewhere: CameraRule = ({ camera: { spec }, runtime }) => {
  if (runtime === undefined) {
    return reconciling("NodeNotServing", `node ${spec.nodeName} does not run FaceModel ${spec.modelRef.name} yet`);
  }
  if (runtime.spec.model === spec.modelRef.name) return undefined;
  const remedy = "name that one in spec.modelRef, or a node that runs yours";
  return stalled(
    "ModelMismatch",
    `node ${spec.nodeName} runs FaceModel ${runtime.spec.model}, not ${spec.modelRef.name}: ${remedy}`,
  );
};

/** What the runtime says of the camera. */
const seenByNode: CameraRule = ({ camera: { metadata, spec }, runtime }) => {
  const seen = runtime?.status?.cameras?.find(({ name }) => name === metadata.name);
  switch (seen?.state) {
    case "Failed":
      return stalled("CameraFailed", seen.message ?? "the camera gives no frames");
    case "Streaming":
      return runtime?.status?.slots?.active?.state === "Ready"
        ? undefined
        : reconciling("ModelNotReady", `node ${spec.nodeName} has no model ready yet`);
    default:
      return reconciling("Connecting", seen?.message ?? `node ${spec.nodeName} connects to the camera`);
  }
};

const streaming: CameraRule = ({ camera: { spec } }) => ({
  state: "Ready",
  reason: "Streaming",
  message: `node ${spec.nodeName} looks at its frames`,
});

const rules: readonly CameraRule[] = [
  suspended,
  modelMissing,
  nodeMissing,
  galleryMissing,
  policyMissing,
  nodeElsewhere,
  seenByNode,
  streaming,
];

/** Says of a CameraStream whether it works, and why not. What it makes of the camera is the FaceModel's plan. */
export function planCamera(snapshot: CameraSnapshot, now: number): Action[] {
  const { camera, runtime } = snapshot;
  if (camera.metadata.deletionTimestamp !== undefined) return [];
  const looks = runtime?.spec.model === camera.spec.modelRef.name ? runtime.status?.slots?.active?.revision : undefined;
  const fields = looks === undefined ? {} : { revision: looks };
  return publish(camera, statusOf(camera, fields, firstHit(rules, snapshot), now));
}
