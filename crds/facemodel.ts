import { z } from "zod";
import { OfflineGate, OnlineGate, Rollout } from "./gates.ts";
import { defineKind, messageColumn, readyColumns, type ObjectOf } from "./kind.ts";
import { Engine, Networks } from "./network.ts";
import {
  Digest,
  LabelSelector,
  listBy,
  Measurement,
  PositiveDuration,
  Reference,
  statusFields,
  withRules,
} from "./shared.ts";

const PRECISION =
  "How the engines keep their numbers. FP16 halves their size; where the processor has no FP16 arithmetic it computes in FP32, and is as fast as that. INT8 computes with whole numbers in ranges that calibration measures.";

const Timeouts = z.object({
  build: PositiveDuration.default("30m").describe("Longest time a build Job may take on a node, its gate included."),
  load: PositiveDuration.default("2m").describe(
    "Longest time a runtime may take to load engines and re-embed its gallery.",
  ),
});

/** The states of a rollout, in the order they are passed. */
export const rolloutStates = [
  "Pending",
  "Suspended",
  "Quarantined",
  "RollingOut",
  "AwaitingApproval",
  "Paused",
  "RollingBack",
  "RolledBack",
  "Promoted",
] as const;

/** The states of one node under a revision, in the order they are passed. */
export const nodeStates = [
  "Waiting",
  "Building",
  "Built",
  "Loading",
  "Shadowing",
  "Activating",
  "Soaking",
  "Done",
  "Unavailable",
  "Deferred",
  "Failed",
  "RollingBack",
] as const;

const WaveStatus = z.object({
  name: z.string().max(63).describe("Name of the wave."),
  state: z.enum(["Waiting", "Running", "AwaitingApproval", "Passed", "Failed"]).describe("Where the wave is."),
  nodes: z.int().min(0).describe("Nodes that belong to it."),
  done: z.int().min(0).describe("Nodes that run the revision and have soaked."),
  deferred: z.int().min(0).describe("Nodes that are away; they pass their own gate when they return."),
  failed: z.int().min(0).describe("Nodes on which a gate failed."),
  evidence: z
    .array(Measurement)
    .max(16)
    .optional()
    .describe("Evidence of the online gate, pooled over the wave's nodes."),
});

const NodeProgress = z.object({
  name: z.string().max(253).describe("Name of the node."),
  wave: z.string().max(63).describe("Its wave."),
  state: z.enum(nodeStates).describe("Where the node is."),
  message: z.string().max(1024).optional().describe("Why it is there."),
});

const Failure = z.object({
  gate: z.enum(["Offline", "Online", "Runtime", "Soak", "Decision"]).describe("What failed."),
  wave: z.string().max(63).optional().describe("In which wave."),
  node: z.string().max(253).optional().describe("On which node, when it was one."),
  blame: z
    .enum(["Release", "Environment", "Unknown"])
    .describe("Release unless nodes on the old revision failed as well."),
  measurement: Measurement.optional().describe("The measurement that decided."),
  message: z.string().max(1024).describe("A sentence for people."),
});

const Quarantine = z.object({
  revision: z.string().max(63).describe("The revision that failed."),
  content: z
    .string()
    .max(63)
    .optional()
    .describe("Hash of all of it but the operator's image: the same under another image is held as well."),
  digests: z.array(Digest).max(8).describe("Hashes of its networks."),
  time: z.iso.datetime().describe("When it was quarantined."),
  failure: Failure.describe("Why."),
});

const Skipped = z.object({
  revision: z.string().max(63).describe("The revision."),
  time: z.iso.datetime().describe("When it was skipped."),
});

const Promotion = z.object({
  revision: z.string().max(63).describe("The revision."),
  time: z.iso.datetime().describe("When its last wave passed."),
});

/** What to run, where, and what it must show before it may. */
export const FaceModel = defineKind({
  kind: "FaceModel",
  plural: "facemodels",
  singular: "facemodel",
  shortNames: ["fm"],
  categories: ["facefleet", "all"],
  description:
    "FaceModel says which networks a fleet runs, on which nodes, what they must show before they may, and in which waves they get there. A change of spec that changes behavior is a new revision; a revision that fails its gates is rolled back and quarantined without touching spec.",
  spec: withRules(
    z.object({
      networks: Networks.describe(
        "All networks of the model: one revision, built, gated, swapped and rolled back together.",
      ),
      precision: z.enum(["FP32", "FP16", "INT8"]).default("FP32").describe(PRECISION),
      calibration: z
        .object({ datasetRef: Reference.describe("FaceDataset whose pictures set the ranges of INT8.") })
        .optional()
        .describe("INT8: what the ranges are measured on."),
      engine: Engine.prefault({}).describe("How engines are built and run."),
      timeouts: Timeouts.prefault({}).describe("How long steps may take."),
      nodes: LabelSelector.describe(
        "Nodes that run the model. An empty selector takes every node that is not a control plane.",
      ),
      gates: z
        .object({
          offline: OfflineGate.describe("What a built engine must show on its node before anything loads it."),
          online: OnlineGate.describe("What a candidate must show beside the champion before it takes over."),
        })
        .describe("What is shown before anything is promoted."),
      rollout: Rollout.describe("In which order nodes get a revision."),
      suspend: z
        .boolean()
        .default(false)
        .describe(
          "Stops the rollout: no revision comes or goes. What runs goes on, and cameras and galleries are still passed on.",
        ),
      revisionHistoryLimit: z
        .int()
        .min(0)
        .max(10)
        .default(2)
        .describe("Old revisions whose engines are kept for instant rollback."),
    }),
    [
      {
        rule: "self.precision != 'INT8' || has(self.calibration)",
        message: "precision INT8 needs calibration.datasetRef: a FaceDataset to measure ranges on",
        fieldPath: ".calibration",
        reason: "FieldValueRequired",
      },
      {
        rule: "self.precision == 'INT8' || !has(self.calibration)",
        message: "calibration belongs to precision INT8: remove it",
        fieldPath: ".calibration",
        reason: "FieldValueForbidden",
      },
      {
        rule: "self.engine.backend != 'TensorRT'",
        message: "backend TensorRT is not in this version: use Auto or ONNXRuntime",
        fieldPath: ".engine.backend",
      },
      {
        rule: "self.engine.scope != 'HardwareClass'",
        message: "scope HardwareClass is not in this version: use Node, which builds engines on each node",
        fieldPath: ".engine.scope",
      },
    ],
  ),
  status: z.object({
    ...statusFields,
    state: z.enum(rolloutStates).optional().describe("Where the rollout of the wanted revision is."),
    revision: z.string().max(63).optional().describe("The revision that spec asks for."),
    champion: z.string().max(63).optional().describe("The last promoted revision."),
    startedAt: z.iso.datetime().optional().describe("When the rollout of the wanted revision began."),
    terms: z
      .string()
      .max(63)
      .optional()
      .describe("Hash of the online gate and its probes: all evidence below was collected under it."),
    lastProgressAt: z.iso.datetime().optional().describe("When a node or wave last moved on."),
    nodes: z
      .object({
        total: z.int().min(0).describe("Nodes that the selector takes."),
        done: z.int().min(0).describe("Nodes that run the wanted revision."),
        deferred: z.int().min(0).describe("Nodes that are away."),
        failed: z.int().min(0).describe("Nodes on which a gate failed."),
      })
      .optional()
      .describe("Nodes by state."),
    progress: z.string().max(63).optional().describe("Nodes done of nodes wanted, such as 3/4."),
    waves: listBy("name", WaveStatus, { max: 16 }).optional().describe("Each wave with its pooled evidence."),
    unfinishedNodes: listBy("name", NodeProgress, { max: 64 })
      .optional()
      .describe("Nodes that are not done, at most 64 of them; EngineBuild and NodeRuntime tell about each."),
    failure: Failure.optional().describe("What ended the rollout of the wanted revision."),
    quarantined: listBy("revision", Quarantine, { max: 32 })
      .optional()
      .describe("Revisions that failed. Applying one again does nothing; a RolloutDecision may retry it."),
    skipped: listBy("revision", Skipped, { max: 32 })
      .optional()
      .describe(
        "Revisions that a RolloutDecision left aside, whether it is still there or not; a Retry takes one up again.",
      ),
    decidedAt: z.iso
      .datetime()
      .optional()
      .describe("When the last RolloutDecision took effect that this status reflects."),
    history: listBy("revision", Promotion, { max: 12 }).optional().describe("Promoted revisions, the latest first."),
  }),
  columns: [
    { name: "State", type: "string", jsonPath: ".status.state", description: "Where the rollout is." },
    { name: "Nodes", type: "string", jsonPath: ".status.progress", description: "Nodes done of nodes wanted." },
    { name: "Revision", type: "string", jsonPath: ".status.revision", description: "The revision that spec asks for." },
    { name: "Champion", type: "string", jsonPath: ".status.champion", description: "The last promoted revision." },
    {
      name: "Deferred",
      type: "integer",
      jsonPath: ".status.nodes.deferred",
      description: "Nodes that are away.",
      priority: 1,
    },
    {
      name: "Failed",
      type: "integer",
      jsonPath: ".status.nodes.failed",
      description: "Nodes on which a gate failed.",
      priority: 1,
    },
    ...readyColumns,
    messageColumn,
  ],
});

export type FaceModel = ObjectOf<typeof FaceModel>;
/** What to run, where, and what it must show. */
export type FaceModelSpec = FaceModel["spec"];
/** Where the rollout is. */
export type FaceModelStatus = NonNullable<FaceModel["status"]>;
/** State of a rollout. */
export type RolloutState = (typeof rolloutStates)[number];
/** State of one node under a revision. */
export type NodeState = (typeof nodeStates)[number];
/** What ended a rollout, and whose fault it is. */
export type Failure = z.infer<typeof Failure>;
