import { z } from "zod";
import { CameraSource, CameraStream } from "./camerastream.ts";
import { ResolvedDataset, SlotRevision } from "./enginebuild.ts";
import { Person } from "./facegallery.ts";
import { OnlineGate } from "./gates.ts";
import { defineKind, messageColumn, readyColumns, type ObjectOf } from "./kind.ts";
import { Decimal, Duration, listBy, Measurement, ObjectName, statusFields } from "./shared.ts";

const camera = CameraStream.spec.shape;

const Camera = z.object({
  name: ObjectName.describe("Name of the CameraStream."),
  source: CameraSource.describe("Where pictures come from."),
  credentials: z
    .boolean()
    .default(false)
    .describe("Whether credentials are mounted at credentials/<name>/{username,password}."),
  gallery: ObjectName.optional().describe("Gallery of the people it may recognize."),
  maxFramesPerSecond: camera.maxFramesPerSecond,
  regions: camera.regions,
  privacyMasks: camera.privacyMasks,
  infer: camera.infer,
  sinks: camera.sinks,
});

/** As the FaceGallery lists it, which has judged it: the same rule 80,000 times would exceed the API server's budget. */
const ListedPerson = z.object({ id: Person.shape.id, label: Person.shape.label });

const Gallery = z.object({
  name: ObjectName.describe("Name of the FaceGallery."),
  version: z.string().max(63).describe("Hash of the people, the pictures and the key's name."),
  dataset: ResolvedDataset.describe("The pictures."),
  people: listBy("id", ListedPerson, { max: 10000 }).describe(
    "The people; the key is mounted at galleries/<name>/key.",
  ),
});

/** How the two slots relate: nothing is compared, the standby is the candidate, or the active one is on probation. */
export const trialPhases = ["Shadow", "Soak"] as const;

const Trial = z.object({
  id: z.string().min(1).max(63).describe("Names this comparison: evidence of another one is never counted in."),
  phase: z
    .enum(trialPhases)
    .describe(
      "Shadow: the standby slot is the candidate. Soak: the active slot is, and the standby slot holds what it replaced.",
    ),
  gate: OnlineGate.omit({ probes: true }).describe("What the candidate must show; in Soak what it must not lose."),
  probes: ResolvedDataset.optional().describe("Labelled pictures that are replayed through both slots."),
  gallery: ObjectName.optional().describe("Gallery by which identities of probes are judged."),
});

const SlotStatus = z.object({
  revision: z.string().max(63).describe("The revision."),
  engineKey: z.string().max(128).describe("Key of its engines."),
  state: z.enum(["Loading", "Ready", "Failed"]).describe("Whether it is loaded."),
  since: z.iso.datetime().describe("When it came into this state."),
  message: z.string().max(1024).optional().describe("Why it failed."),
});

const Evidence = z.object({
  metric: z.string().max(63).describe("The metric."),
  subgroup: z.string().max(253).optional().describe("Camera or subgroup, when not all."),
  state: z.string().max(4096).describe("The sequential test as module evidence serializes it: what a wave pools."),
  measurement: Measurement.describe("The same for people."),
});

/** What one node should run and what its runtime reports. */
export const NodeRuntime = defineKind({
  kind: "NodeRuntime",
  plural: "noderuntimes",
  singular: "noderuntime",
  shortNames: ["nr"],
  categories: ["facefleet"],
  description:
    "NodeRuntime is one node's share of a FaceModel: spec is what the operator wants of it, status is what the runtime on the node itself reports. It has the node's name, and a node may write the status of its own only.",
  spec: z.object({
    nodeName: ObjectName.describe("The node. Equal to the object's name."),
    model: ObjectName.describe("The FaceModel."),
    slots: z
      .object({
        active: SlotRevision.optional().describe("What drives events."),
        standby: SlotRevision.optional().describe("The candidate in shadow, or what was replaced while it soaks."),
      })
      .describe("The two slots."),
    trial: Trial.optional().describe("The comparison of the two slots, if one is wanted."),
    keep: listBy("engineKey", SlotRevision, { max: 12 })
      .optional()
      .describe("Engines that stay in the store. Others are collected."),
    loadTimeout: Duration.default("2m").describe("Longest time to load engines and re-embed galleries."),
    galleries: listBy("name", Gallery, { max: 8 }).optional().describe("Galleries of its cameras and probes."),
    cameras: listBy("name", Camera, { max: 64 }).optional().describe("Its cameras."),
  }),
  status: z.object({
    ...statusFields,
    slots: z
      .object({
        active: SlotStatus.optional().describe("What drives events."),
        standby: SlotStatus.optional().describe("The other one."),
      })
      .optional()
      .describe("The slots as they are."),
    trial: z
      .object({
        id: z.string().max(63).describe("The comparison."),
        startedAt: z.iso.datetime().describe("When both slots were ready."),
        verdict: z.enum(["Success", "Failure", "Inconclusive", "Error"]).describe("This node's own verdict so far."),
        message: z.string().max(1024).optional().describe("A sentence for people."),
        evidence: z.array(Evidence).max(24).describe("Evidence by metric."),
      })
      .optional()
      .describe("The evidence of the running comparison."),
    swappedBack: z
      .object({
        trial: z.string().max(63).describe("The comparison that failed."),
        from: z.string().max(63).describe("Revision that regressed."),
        to: z.string().max(63).describe("Revision that runs instead."),
        time: z.iso.datetime().describe("When the node swapped."),
        measurement: Measurement.optional().describe("What decided."),
        message: z.string().max(1024).describe("Why."),
      })
      .optional()
      .describe("The node went back by itself and waits for the operator to agree."),
    galleries: listBy(
      "name",
      z.object({
        name: z.string().max(253).describe("Gallery."),
        version: z.string().max(63).describe("Version that is loaded."),
        people: z.int().min(0).describe("People with a template."),
        message: z.string().max(1024).optional().describe("What is missing."),
      }),
      { max: 8 },
    )
      .optional()
      .describe("Galleries as loaded for the active slot."),
    cameras: listBy(
      "name",
      z.object({
        name: z.string().max(253).describe("Camera."),
        state: z.enum(["Streaming", "Connecting", "Failed"]).describe("Whether frames come."),
        message: z.string().max(1024).optional().describe("Why not."),
      }),
      { max: 64 },
    )
      .optional()
      .describe("Cameras as they are."),
    rates: z
      .object({
        framesPerSecond: Decimal.describe("Frames looked at, over all cameras, last minute."),
        latencyP95Milliseconds: Decimal.describe("95th percentile of a frame's way to its events, last minute."),
        droppedFrames: Decimal.describe("Part of the frames that came while another was looked at, last minute."),
      })
      .optional()
      .describe(
        "Rates, told anew at most every minute and when they moved by more than a tenth; curves are in metrics.",
      ),
    runtimeVersion: z.string().max(63).optional().describe("Version of the runtime."),
  }),
  rules: [
    {
      rule: "self.metadata.name == self.spec.nodeName",
      message: "metadata.name must equal spec.nodeName: one NodeRuntime a node",
      fieldPath: ".spec.nodeName",
    },
  ],
  columns: [
    { name: "Model", type: "string", jsonPath: ".spec.model", description: "The FaceModel." },
    {
      name: "Active",
      type: "string",
      jsonPath: ".status.slots.active.revision",
      description: "Revision that drives events.",
    },
    {
      name: "Standby",
      type: "string",
      jsonPath: ".status.slots.standby.revision",
      description: "Revision in the other slot.",
    },
    { name: "Trial", type: "string", jsonPath: ".spec.trial.phase", description: "How the slots are compared." },
    {
      name: "Verdict",
      type: "string",
      jsonPath: ".status.trial.verdict",
      description: "This node's own verdict so far.",
    },
    {
      name: "FPS",
      type: "string",
      jsonPath: ".status.rates.framesPerSecond",
      description: "Frames a second.",
      priority: 1,
    },
    {
      name: "P95ms",
      type: "string",
      jsonPath: ".status.rates.latencyP95Milliseconds",
      description: "95th percentile of a frame.",
      priority: 1,
    },
    ...readyColumns,
    messageColumn,
  ],
});

export type NodeRuntime = ObjectOf<typeof NodeRuntime>;
/** What a node should run. */
export type NodeRuntimeSpec = NodeRuntime["spec"];
/** What a node reports. */
export type NodeRuntimeStatus = NonNullable<NodeRuntime["status"]>;
