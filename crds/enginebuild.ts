import { z } from "zod";
import { OfflineGate } from "./gates.ts";
import { datasetFormats } from "./facedataset.ts";
import { defineKind, messageColumn, readyColumns, type ObjectOf } from "./kind.ts";
import { Engine, Networks } from "./network.ts";
import { Artifact, Digest, Duration, listBy, Measurement, ObjectName, statusFields, withRules } from "./shared.ts";

/** A FaceDataset as a node needs it: resolved, so that a node reads no other object. */
export const ResolvedDataset = z.object({
  name: ObjectName.describe("Name of the FaceDataset."),
  source: Artifact.describe("The set by place and hash."),
  format: z.enum(datasetFormats).describe("Format of the set."),
});

/** Engines of one revision on one node. */
export const SlotRevision = z.object({
  revision: z.string().min(1).max(63).describe("The revision."),
  engineKey: z.string().min(1).max(128).describe("Key of its engines in the node's store."),
});

/** What the node is, as found on it: below its root, so that a simulated node can present another device. */
export const Hardware = z.object({
  module: z.string().max(253).optional().describe("Device tree model, such as NVIDIA Orin NX."),
  architecture: z.string().max(63).optional().describe("Processor architecture, such as arm64."),
  l4t: z.string().max(63).optional().describe("L4T release, such as r36.4.4."),
  tensorrt: z.string().max(63).optional().describe("TensorRT version."),
  computeCapability: z.string().max(15).optional().describe("Compute capability of the GPU, such as 8.7."),
  powerMode: z.string().max(63).optional().describe("Power mode, such as MAXN_SUPER."),
  memoryBytes: z.int().min(0).optional().describe("Memory of the node."),
  onnxruntime: z.string().max(63).optional().describe("ONNX Runtime version."),
});

const BuiltEngine = z.object({
  network: z.string().max(63).describe("Network."),
  digest: Digest.describe("Hash of the engine file."),
  bytes: z.int().min(0).describe("Size of the engine file."),
});

/** States of a build, in the order they are passed. */
export const buildStates = ["Pending", "Running", "Succeeded", "Failed", "Deferred"] as const;

/** One model revision on one node: its Job, the hardware it found, the engines and what they showed. */
export const EngineBuild = defineKind({
  kind: "EngineBuild",
  plural: "enginebuilds",
  singular: "enginebuild",
  shortNames: ["eb"],
  categories: ["facefleet"],
  description:
    "EngineBuild is one revision of a FaceModel on one node. The operator owns it: it starts a Job on the node that builds the engines and holds them to the offline gate, and records what came of it.",
  spec: withRules(
    z.object({
      model: ObjectName.describe("Name of the FaceModel."),
      revision: z.string().min(1).max(63).describe("The revision."),
      nodeName: ObjectName.describe("The node."),
      attempt: z.int().min(0).default(0).describe("Counts retries by RolloutDecision."),
      networks: Networks.describe("The networks of the revision."),
      precision: z.enum(["FP32", "FP16", "INT8"]).describe("How the engines keep their numbers."),
      calibration: ResolvedDataset.optional().describe("INT8: what the ranges are measured on."),
      engine: Engine.describe("How engines are built and run."),
      gate: z
        .object({
          dataset: ResolvedDataset.describe("Labelled pictures."),
          checks: OfflineGate.shape.checks,
          alpha: OfflineGate.shape.alpha,
        })
        .describe("The offline gate."),
      champion: SlotRevision.optional().describe("Engines that the candidate is compared with."),
      image: z.string().min(1).max(1024).describe("Image of the build Job."),
      timeout: Duration.describe("Longest time the Job may take."),
    }),
    [
      {
        rule: "self == oldSelf",
        message: "an EngineBuild does not change: the operator makes another one",
        reason: "FieldValueForbidden",
      },
    ],
  ),
  status: z.object({
    ...statusFields,
    state: z.enum(buildStates).optional().describe("Where the build is."),
    job: z.string().max(253).optional().describe("Name of the Job."),
    startedAt: z.iso.datetime().optional().describe("When the Job started."),
    finishedAt: z.iso.datetime().optional().describe("When the Job ended."),
    hardware: Hardware.optional().describe("What the node is, as the Job found it."),
    engineKey: z.string().max(128).optional().describe("Key of the engines in the node's store."),
    reused: z.boolean().optional().describe("Whether the store already held the engines."),
    engines: listBy("network", BuiltEngine, { max: 8 }).optional().describe("The engines."),
    verdict: z
      .enum(["Success", "Failure", "Error"])
      .optional()
      .describe("What the build came to: Failure was measured, Error kept it from measuring."),
    measurements: z.array(Measurement).max(48).optional().describe("What the offline gate measured."),
    message: z.string().max(2048).optional().describe("Why it failed or waits."),
  }),
  columns: [
    { name: "Model", type: "string", jsonPath: ".spec.model", description: "The FaceModel." },
    { name: "Revision", type: "string", jsonPath: ".spec.revision", description: "The revision." },
    { name: "Node", type: "string", jsonPath: ".spec.nodeName", description: "The node." },
    { name: "State", type: "string", jsonPath: ".status.state", description: "Where the build is." },
    {
      name: "Hardware",
      type: "string",
      jsonPath: ".status.hardware.module",
      description: "What the node is.",
      priority: 1,
    },
    { name: "Engine", type: "string", jsonPath: ".status.engineKey", description: "Key of the engines.", priority: 1 },
    ...readyColumns,
    messageColumn,
  ],
});

export type EngineBuild = ObjectOf<typeof EngineBuild>;
/** What is to be built, and what it must show. */
export type EngineBuildSpec = EngineBuild["spec"];
/** What came of a build. */
export type EngineBuildStatus = NonNullable<EngineBuild["status"]>;
export type Hardware = z.infer<typeof Hardware>;
export type SlotRevision = z.infer<typeof SlotRevision>;
export type ResolvedDataset = z.infer<typeof ResolvedDataset>;
