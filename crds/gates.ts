import { z } from "zod";
import {
  CountOrPercent,
  Duration,
  Fraction,
  LabelSelector,
  listBy,
  LocalName,
  PositiveDuration,
  Reference,
  withRules,
} from "./shared.ts";

/** Metrics of the offline gate, measured on the node's own engines over labelled pictures. */
export const offlineMetrics = [
  "DetectionRate",
  "OutputParity",
  "VerificationAccuracy",
  "TrueAcceptRate",
  "RankOne",
  "ExpressionWAR",
  "ExpressionUAR",
  "LatencyP50",
  "LatencyP95",
  "LatencyP99",
  "Memory",
] as const;

/** Metrics of the online gate. The unit of evidence is the probe or the track, never the frame. */
export const onlineMetrics = [
  "ProbeIdentity",
  "ProbeExpression",
  "TrackIdentityConsistency",
  "TrackExpressionConsistency",
  "ChampionAgreement",
  "LatencyP95",
  "DroppedFrames",
] as const;

/** What may be asked of a metric, and in which unit. */
const latency = "['LatencyP50', 'LatencyP95', 'LatencyP99']";

const OfflineCheck = withRules(
  z.object({
    metric: z
      .enum(offlineMetrics)
      .describe(
        "DetectionRate: faces found. OutputParity: worst cosine with the FP32 original. VerificationAccuracy: pairs judged right at the best threshold of the other folds. TrueAcceptRate: at falseAcceptRate. RankOne: closest enrolled picture is of the same person. ExpressionWAR: accuracy. ExpressionUAR: mean recall over classes. Latency: milliseconds a picture through all networks. Memory: resident bytes of the process.",
      ),
    atLeast: Fraction.optional().describe("Floor for a rate: the value itself must reach it."),
    atMost: z
      .string()
      .max(24)
      .optional()
      .describe('Ceiling for a latency (a duration such as "40ms") or memory (a quantity such as "600Mi").'),
    margin: Fraction.optional().describe(
      "Non-inferiority: how much worse than the champion on the same pictures is still accepted.",
    ),
    falseAcceptRate: Fraction.optional().describe(
      'TrueAcceptRate: the rate of false accepts it is measured at. Default "0.01".',
    ),
    worstSubgroup: z
      .boolean()
      .default(false)
      .describe("Holds every subgroup of the dataset to the floor, not only the whole."),
  }),
  [
    {
      rule: "has(self.atLeast) || has(self.atMost) || has(self.margin)",
      message: "a check needs atLeast, atMost or margin: without one nothing is checked",
      reason: "FieldValueRequired",
    },
    {
      rule: `!has(self.atLeast) || !(self.metric in ${latency} || self.metric == 'Memory')`,
      message: "atLeast is for rates: use atMost for latency and memory",
      fieldPath: ".atLeast",
      reason: "FieldValueForbidden",
    },
    {
      rule: `!has(self.atMost) || self.metric in ${latency} || self.metric == 'Memory'`,
      message: "atMost is for latency and memory: use atLeast for rates",
      fieldPath: ".atMost",
      reason: "FieldValueForbidden",
    },
    {
      rule: `!has(self.margin) || !(self.metric in ${latency} || self.metric in ['Memory', 'OutputParity'])`,
      message: "margin compares rates with the champion: remove it from latency, memory and parity",
      fieldPath: ".margin",
      reason: "FieldValueForbidden",
    },
    {
      rule: `!has(self.atMost) || !(self.metric in ${latency}) || self.atMost.matches(r"""^[0-9]{1,6}(ms|s)$""")`,
      message: "atMost of a latency must be a duration such as 40ms",
      fieldPath: ".atMost",
    },
    {
      rule: `!has(self.atMost) || self.metric != 'Memory' || self.atMost.matches(r"""^[0-9]{1,12}(Ki|Mi|Gi)?$""")`,
      message: "atMost of Memory must be a quantity such as 600Mi",
      fieldPath: ".atMost",
    },
    {
      rule: "!has(self.falseAcceptRate) || self.metric == 'TrueAcceptRate'",
      message: "falseAcceptRate belongs to metric TrueAcceptRate: remove it",
      fieldPath: ".falseAcceptRate",
      reason: "FieldValueForbidden",
    },
    {
      rule: "!self.worstSubgroup || has(self.atLeast)",
      message: "worstSubgroup needs atLeast: the floor that every subgroup is held to",
      fieldPath: ".worstSubgroup",
    },
  ],
);

const OnlineCheck = withRules(
  z.object({
    metric: z
      .enum(onlineMetrics)
      .describe(
        "ProbeIdentity, ProbeExpression: labelled probes replayed through both slots in their live state. TrackIdentityConsistency, TrackExpressionConsistency: frames of a track that agree with the track. ChampionAgreement: tracks of which the champion is sure. LatencyP95: ceiling a frame. DroppedFrames: ceiling for the rate of frames the candidate could not keep up with.",
      ),
    margin: Fraction.optional().describe(
      "How much worse than the champion is still accepted, in the mean of paired differences.",
    ),
    atMost: z
      .string()
      .max(24)
      .optional()
      .describe('Ceiling: of LatencyP95 a duration such as "60ms", of DroppedFrames a fraction such as "0.05".'),
    required: z.boolean().default(true).describe("Whether it decides; one that does not is only reported."),
  }),
  [
    {
      rule: "(self.metric in ['LatencyP95', 'DroppedFrames']) == has(self.atMost)",
      message: "LatencyP95 and DroppedFrames need atMost, the others take none",
      fieldPath: ".atMost",
    },
    {
      rule: "(self.metric in ['LatencyP95', 'DroppedFrames']) != has(self.margin)",
      message: 'a paired metric needs margin, such as "0.05"; LatencyP95 and DroppedFrames take none',
      fieldPath: ".margin",
    },
    {
      rule: "!has(self.margin) || double(self.margin) >= 0.005",
      message: "margin must be at least 0.005: no amount of evidence shows less",
      fieldPath: ".margin",
    },
    {
      rule: `!has(self.atMost) || self.metric != 'LatencyP95' || self.atMost.matches(r"""^[0-9]{1,6}(ms|s)$""")`,
      message: "atMost of LatencyP95 must be a duration such as 60ms",
      fieldPath: ".atMost",
    },
    {
      rule: `!has(self.atMost) || self.metric != 'DroppedFrames' || self.atMost.matches(r"""^(0(\\.[0-9]{1,6})?|1)$""")`,
      message: "atMost of DroppedFrames must be a fraction such as 0.05",
      fieldPath: ".atMost",
    },
  ],
);

/** A chance of error that a gate may have. */
const Alpha = withRules(Fraction, [
  { rule: "double(self) > 0.0 && double(self) <= 0.2", message: "must be above 0 and at most 0.2" },
]);

/** What a built engine must show on the node before anything loads it. */
export const OfflineGate = z.object({
  datasetRef: Reference.describe("FaceDataset of labelled pictures, of format ImageFolder."),
  checks: z.array(OfflineCheck).min(1).max(24).describe("All of which must hold."),
  alpha: Alpha.default("0.05").describe(
    "Chance of passing a candidate that is worse than the margin, shared over the checks with a margin.",
  ),
});

/** What a candidate must show beside the champion before it takes over. */
export const OnlineGate = withRules(
  z.object({
    probes: z
      .object({
        datasetRef: Reference.describe("FaceDataset of labelled pictures as the cameras see them, of enrolled people."),
      })
      .optional()
      .describe("Labelled pictures that are replayed through both slots."),
    checks: listBy("metric", OnlineCheck, { min: 1, max: 7 }).describe("All required ones of which must be shown."),
    alpha: Alpha.default("0.05").describe(
      "Chance of promoting a candidate that is worse than a margin, however often one looks; shared over the required checks.",
    ),
    minSamples: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(30)
      .describe("Smallest number of probes or tracks before it may pass; a failure may come sooner."),
    deadline: PositiveDuration.default("24h").describe(
      "Time in shadow after which missing evidence is Inconclusive, which is no pass.",
    ),
  }),
  [
    {
      rule: "has(self.probes) || !self.checks.exists(c, c.metric in ['ProbeIdentity', 'ProbeExpression'])",
      message: "ProbeIdentity and ProbeExpression need probes.datasetRef: a FaceDataset of labelled pictures",
      fieldPath: ".probes",
      reason: "FieldValueRequired",
    },
    {
      rule: "self.checks.exists(c, c.required && has(c.margin))",
      message:
        "at least one required check must have a margin: without one nothing shows that the candidate is as accurate",
      fieldPath: ".checks",
    },
  ],
);

const Wave = z.object({
  name: LocalName.describe("Name of the wave."),
  nodes: LabelSelector.optional().describe(
    "Nodes of the wave. A node belongs to the first wave that selects it; only the last wave may leave this out and takes the rest.",
  ),
  soak: Duration.default("10m").describe(
    "How long every node of the wave must run well after activation before the next wave.",
  ),
  maxUnavailable: CountOrPercent.default("1").describe(
    "How many nodes of the wave may be between champion and candidate, or lost with the candidate, at once.",
  ),
  maxFailures: z
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .describe("Failed nodes of the wave that are tolerated before the revision is rolled back."),
  approval: z
    .enum(["None", "Required"])
    .default("None")
    .describe("Required waits for a RolloutDecision that approves the revision."),
});

/** In which order nodes get a revision, and what happens when one fails. */
export const Rollout = z.object({
  waves: withRules(listBy("name", Wave, { min: 1, max: 16 }), [
    {
      rule: "self.all(w, has(w.nodes)) || (size(self.filter(w, !has(w.nodes))) == 1 && !has(self[size(self) - 1].nodes))",
      message: "only the last wave may leave out nodes: it takes the rest; give every other wave a selector",
    },
    {
      rule: "self.all(a, !has(a.nodes) || self.exists_one(b, has(b.nodes) && a.nodes == b.nodes))",
      message: "waves overlap: two of them select the same nodes; give each a selector of its own",
    },
  ]).describe("Waves in their order; the next begins when the last has passed."),
  maxConcurrentBuilds: z.int().min(1).max(1000).default(4).describe("Engines built at once, over all nodes."),
  progressDeadline: PositiveDuration.default("1h").describe(
    "Time without any progress after which the FaceModel is Stalled. Nodes that are away do not count.",
  ),
  onFailure: z
    .enum(["Rollback", "Pause"])
    .default("Rollback")
    .describe(
      "Rollback takes the revision off every node, and quarantines it if it was shown to fail; Pause stops where it is.",
    ),
});

export type OfflineGate = z.infer<typeof OfflineGate>;
/** One bound on a metric of the offline gate. */
export type OfflineCheck = OfflineGate["checks"][number];
export type OnlineGate = z.infer<typeof OnlineGate>;
/** One bound on a metric of the online gate. */
export type OnlineCheck = OnlineGate["checks"][number];
export type Rollout = z.infer<typeof Rollout>;
/** Nodes that get a revision together. */
export type Wave = Rollout["waves"][number];
