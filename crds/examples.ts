import type { z } from "zod";
import type { CameraStream } from "./camerastream.ts";
import type { EngineBuild } from "./enginebuild.ts";
import type { FaceDataset } from "./facedataset.ts";
import type { FaceGallery } from "./facegallery.ts";
import type { FaceModel } from "./facemodel.ts";
import type { Kind } from "./kind.ts";
import type { NodeRuntime } from "./noderuntime.ts";
import type { RolloutDecision } from "./rolloutdecision.ts";

/** Spec as a user writes it: what has a default may be left out. */
export type SpecInput<K extends Kind> = z.input<K["spec"]>;

/** An object as a user applies it. */
export interface Example<K extends Kind = Kind> {
  metadata: { name: string; namespace: string };
  spec: SpecInput<K>;
}

/** A file of the examples; none of them exists. */
function artifact(uri: string, hash: string): { uri: string; digest: string } {
  return { uri, digest: `sha256:${hash}` };
}

const metadata = (name: string) => ({ name, namespace: "facefleet" });

const networks = [
  {
    name: "detector",
    source: artifact(
      "https://models.example.com/tiny-face-detector.onnx",
      "9f7298ba70f5f5390301a5e50673298282da894fe0d119842f006c30401d0a71",
    ),
    input: { name: "image", width: 416, height: 416 },
    crop: { type: "None" },
    outputs: [{ name: "faces", tensors: ["boxes"], role: "Boxes", decoder: "TinyYolo2", threshold: "0.5" }],
  },
  {
    name: "recognizer",
    source: artifact(
      "https://models.example.com/face-recognition.onnx",
      "a615bdcf5677989378e979b4cb256350faa06890590e3f69f435a5f69efbe187",
    ),
    input: {
      name: "image",
      width: 150,
      height: 150,
      mean: ["122.782", "117.001", "104.298"],
      std: ["255", "255", "255"],
    },
    crop: { type: "BoundingBox", margin: "0.1" },
    outputs: [{ name: "identity", tensors: ["embedding"], role: "Embedding", metric: "L2", threshold: "0.5" }],
  },
  {
    name: "expression",
    source: artifact(
      "https://models.example.com/face-expression.onnx",
      "0a8a4568b2d961d4941c427cac5cde376f8ba5b45e884b92aba91626f2d4e9b3",
    ),
    input: { name: "image", width: 112, height: 112 },
    crop: { type: "BoundingBox" },
    outputs: [
      {
        name: "expression",
        tensors: ["logits"],
        role: "Expression",
        labels: ["neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised"],
      },
    ],
  },
] satisfies SpecInput<typeof FaceModel>["networks"];

const gateSet = {
  name: "gate",
  source: artifact(
    "https://data.example.com/gate.tar.gz",
    "9e1fdaf660644799fe4cb4306503abe1054ca566fec0e26890e73cd4eb879038",
  ),
  format: "ImageFolder",
} as const;

const faceModel: Example<typeof FaceModel> = {
  metadata: metadata("door-faces"),
  spec: {
    networks,
    nodes: { matchLabels: { "facefleet.dev/fleet": "doors" } },
    gates: {
      offline: {
        datasetRef: { name: "gate" },
        checks: [
          { metric: "DetectionRate", atLeast: "0.95" },
          { metric: "VerificationAccuracy", atLeast: "0.95", margin: "0.02", worstSubgroup: true },
          { metric: "LatencyP95", atMost: "40ms" },
          { metric: "Memory", atMost: "600Mi" },
        ],
      },
      online: {
        probes: { datasetRef: { name: "probes" } },
        checks: [
          { metric: "ProbeIdentity", margin: "0.05" },
          { metric: "TrackIdentityConsistency", margin: "0.1", required: false },
          { metric: "LatencyP95", atMost: "60ms" },
        ],
      },
    },
    rollout: {
      waves: [
        { name: "canary", nodes: { matchLabels: { "facefleet.dev/ring": "canary" } }, soak: "30m" },
        { name: "rest", maxUnavailable: "25%", maxFailures: 1 },
      ],
    },
  },
};

const faceDataset: Example<typeof FaceDataset> = {
  metadata: metadata("gate"),
  spec: { source: gateSet.source, format: "ImageFolder", purposes: ["Gate", "Calibration"], license: "CC-BY-4.0" },
};

const cameraStream: Example<typeof CameraStream> = {
  metadata: metadata("front-door"),
  spec: {
    source: { type: "HTTP", url: "http://10.0.8.17/mjpeg" },
    credentialsSecretRef: { name: "front-door-login" },
    nodeName: "orin-nx-1",
    modelRef: { name: "door-faces" },
    galleryRef: { name: "staff" },
    privacyMasks: [{ name: "street", left: "0", top: "0", width: "0.25", height: "1" }],
    infer: { identity: true, expression: true },
    sinks: [{ name: "hub", type: "HTTP", url: "https://events.example.com/faces" }],
  },
};

const faceGallery: Example<typeof FaceGallery> = {
  metadata: metadata("staff"),
  spec: {
    datasetRef: { name: "staff-pictures" },
    keySecretRef: { name: "staff-gallery", key: "key" },
    people: [
      { id: "p-0107", label: "0107", consentRef: "https://consent.example.com/records/0107" },
      { id: "p-0108", label: "0108", consentRef: "https://consent.example.com/records/0108" },
    ],
  },
};

const rolloutDecision: Example<typeof RolloutDecision> = {
  metadata: metadata("approve-canary"),
  spec: {
    modelRef: { name: "door-faces" },
    revision: "k3v9x2m7qp",
    decision: "Approve",
    wave: "canary",
    reason: "Looked at the evidence of the test site with the site operator.",
  },
};

const engineBuild: Example<typeof EngineBuild> = {
  metadata: metadata("door-faces-k3v9x2m7qp-orin-nx-1"),
  spec: {
    model: "door-faces",
    revision: "k3v9x2m7qp",
    nodeName: "orin-nx-1",
    networks,
    precision: "FP32",
    engine: {},
    gate: { dataset: gateSet, checks: faceModel.spec.gates.offline.checks },
    image: "ghcr.io/facefleet/facefleet:0.1.0",
    timeout: "30m",
  },
};

const nodeRuntime: Example<typeof NodeRuntime> = {
  metadata: metadata("orin-nx-1"),
  spec: {
    nodeName: "orin-nx-1",
    model: "door-faces",
    slots: {
      active: { revision: "a7d2m4c8wz", engineKey: "5f1d7a84db00d2fc" },
      standby: { revision: "k3v9x2m7qp", engineKey: "9b74c9897bac770f" },
    },
    trial: {
      id: "k3v9x2m7qp-shadow-0",
      phase: "Shadow",
      gate: { checks: [{ metric: "ChampionAgreement", margin: "0.1" }] },
    },
    cameras: [{ name: "front-door", source: { type: "HTTP", url: "http://10.0.8.17/mjpeg" } }],
  },
};

/** One valid object of each kind, as the reference pages show it and the tests start from. */
export const examples = {
  FaceModel: faceModel,
  FaceDataset: faceDataset,
  CameraStream: cameraStream,
  FaceGallery: faceGallery,
  RolloutDecision: rolloutDecision,
  EngineBuild: engineBuild,
  NodeRuntime: nodeRuntime,
};

/** The example of a kind. */
export function exampleOf(kind: Kind): Example {
  const example = Object.entries(examples).find(([name]) => name === kind.kind)?.[1];
  if (example === undefined) throw new Error(`${kind.kind} has no example: add one to crds/examples.ts`);
  return example;
}
