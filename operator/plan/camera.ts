import type { Action } from "./action.ts";
import { MOST_CAMERAS, MOST_GALLERIES, type NodeSight, sightOf } from "./build/cameras.ts";
import { canonicalJson } from "./canonical.ts";
import { firstHit, type Rule } from "./rollout/rule.ts";
import type { CameraSnapshot } from "./snapshot.ts";
import type { Judgment } from "./status/conditions.ts";
import { publish, statusOf } from "./status/publish.ts";

/** What a camera is judged by. */
interface Facts extends CameraSnapshot {
  /** What its node is to look at. */
  readonly sight: NodeSight;
}

type CameraRule = Rule<Facts, Judgment>;

const stalled = (reason: string, message: string): Judgment => ({ state: "Stalled", reason, message });
const reconciling = (reason: string, message: string): Judgment => ({ state: "Reconciling", reason, message });

/** Where it was read before. */
const stillElsewhere: CameraRule = ({ leftOn: [node] }) =>
  node === undefined
    ? undefined
    : reconciling(
        "StillElsewhere",
        `node ${node} may still read the camera, which it has not reported to have ended: bring it back if it is away, or delete its Node if it is gone`,
      );

const suspended: CameraRule = (facts) => {
  const { camera, runtime } = facts;
  if (!camera.spec.suspend) return undefined;
  const isOrdered = orderOf(facts) !== undefined;
  if (isOrdered || (runtime !== undefined && !hasTakenUp(facts, SUSPENDED))) {
    return reconciling("Suspending", `spec.suspend is set, and node ${camera.spec.nodeName} may still read the camera`);
  }
  return { state: "Waiting", reason: "Suspended", message: "spec.suspend is set: the camera is not read" };
};

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

const galleryMissing: CameraRule = ({ camera: { spec }, galleries }) =>
  spec.galleryRef !== undefined && !galleries.has(spec.galleryRef.name)
    ? stalled(
        "GalleryNotFound",
        `spec.galleryRef names FaceGallery ${spec.galleryRef.name}, which does not exist: create it or name another; nobody is recognized meanwhile`,
      )
    : undefined;

/** Of a camera that an earlier version admitted. */
const notAdapted: CameraRule = ({ camera: { spec } }) =>
  spec.adaptationPolicyRef === undefined
    ? undefined
    : stalled(
        "AdaptationNotSupported",
        `spec.adaptationPolicyRef names AdaptationPolicy ${spec.adaptationPolicyRef.name}, a kind that is not in this version: remove it; the camera is read without adaptation`,
      );

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

const beyondRoom: CameraRule = ({ camera: { metadata, spec }, sight }) =>
  sight.excess.get(metadata.name) === "Camera"
    ? stalled(
        "NodeFull",
        `node ${spec.nodeName} reads ${MOST_CAMERAS} older cameras, the most that a node takes; this one is not read: name another node in spec.nodeName`,
      )
    : undefined;

/** The node's order is not of this camera as it is now. */
const notOrdered: CameraRule = (facts) => {
  const { metadata, spec } = facts.camera;
  const wanted = facts.sight.cameras.find(({ name }) => name === metadata.name);
  const ordered = orderOf(facts);
  return ordered !== undefined && canonicalJson(ordered) === canonicalJson(wanted)
    ? undefined
    : reconciling("Ordering", `node ${spec.nodeName} is about to be told of the camera as it is now`);
};

/** What the runtime says of the camera. */
const seenByNode: CameraRule = (facts) => {
  const { camera, runtime } = facts;
  const { metadata, spec } = camera;
  const seen = runtime?.status?.cameras?.find(({ name }) => name === metadata.name);
  if (seen !== undefined && !hasTakenUp(facts, READ)) {
    return reconciling("TakingUp", `node ${spec.nodeName} has not reported yet that it reads the camera as it is now`);
  }
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

const galleryBeyondRoom: CameraRule = ({ camera: { metadata, spec }, sight }) =>
  sight.excess.get(metadata.name) === "Gallery"
    ? stalled(
        "GalleriesFull",
        `node ${spec.nodeName} has no room for FaceGallery ${spec.galleryRef!.name} beside those of its older cameras: a node takes ${MOST_GALLERIES} galleries of about 10,000 people together; use one of theirs, or name another node in spec.nodeName; nobody is recognized meanwhile`,
      )
    : undefined;

const streaming: CameraRule = ({ camera: { spec } }) => ({
  state: "Ready",
  reason: "Streaming",
  message: `node ${spec.nodeName} looks at its frames`,
});

const rules: readonly CameraRule[] = [
  stillElsewhere,
  suspended,
  modelMissing,
  nodeMissing,
  galleryMissing,
  notAdapted,
  nodeElsewhere,
  beyondRoom,
  notOrdered,
  seenByNode,
  galleryBeyondRoom,
  streaming,
];

/** Reasons that are given once the node has taken up that it reads the camera, or that it does not. */
const READ: readonly string[] = ["Streaming", "CameraFailed", "ModelNotReady", "GalleriesFull"];
const SUSPENDED: readonly string[] = ["Suspended"];

/** What the node is told of the camera. */
function orderOf({ camera: { metadata }, runtime }: Facts) {
  return runtime?.spec.cameras?.find(({ name }) => name === metadata.name);
}

/**
 * Whether the node has taken up its order. What was said of this very generation of the camera because it had is not
 * undone by an order that changes in something else, as it does at each step of a rollout.
 */
function hasTakenUp({ camera: { metadata, status }, runtime }: Facts, reasons: readonly string[]): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  if (status?.observedGeneration === metadata.generation && reasons.includes(ready?.reason ?? "")) return true;
  return (runtime?.status?.observedGeneration ?? 0) >= (runtime?.metadata.generation ?? 0);
}

/** Says of a CameraStream whether it works, and why not. What it makes of the camera is the FaceModel's plan. */
export function planCamera(snapshot: CameraSnapshot, now: number): Action[] {
  const { camera, runtime, neighbors } = snapshot;
  if (camera.metadata.deletionTimestamp !== undefined) return [];
  const looks = runtime?.spec.model === camera.spec.modelRef.name ? runtime.status?.slots?.active?.revision : undefined;
  const fields = looks === undefined ? {} : { revision: looks };
  const facts = { ...snapshot, sight: sightOf(neighbors, snapshot) };
  return publish(camera, statusOf(camera, fields, firstHit(rules, facts), now));
}
