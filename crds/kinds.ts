import { CameraStream } from "./camerastream.ts";
import { EngineBuild } from "./enginebuild.ts";
import { FaceDataset } from "./facedataset.ts";
import { FaceGallery } from "./facegallery.ts";
import { FaceModel } from "./facemodel.ts";
import type { Kind } from "./kind.ts";
import { NodeRuntime } from "./noderuntime.ts";
import { RolloutDecision } from "./rolloutdecision.ts";

/** Every kind, in the order that the reference shows them; all generators read this list. */
export const kinds: readonly Kind[] = [
  FaceModel,
  FaceDataset,
  CameraStream,
  FaceGallery,
  RolloutDecision,
  EngineBuild,
  NodeRuntime,
];
