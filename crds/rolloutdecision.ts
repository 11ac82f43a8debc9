import { z } from "zod";
import { defineKind, messageColumn, readyColumns, type ObjectOf } from "./kind.ts";
import { Reference, requiring, statusFields, text, withRules } from "./shared.ts";

/** A revision as status.revision shows it. */
const RevisionName = text({
  matches: /^[a-z0-9]{10}$/,
  message: "must be a revision as status.revision of the FaceModel shows it: ten lower-case letters and digits",
  maxLength: 10,
});

/** A person's word on one revision, kept as a record. */
export const RolloutDecision = defineKind({
  kind: "RolloutDecision",
  plural: "rolloutdecisions",
  singular: "rolloutdecision",
  shortNames: ["rd"],
  categories: ["facefleet"],
  description:
    "RolloutDecision is a person's word on one revision of a FaceModel: approve a wave that waits for it, abort a rollout, skip a revision, or retry one that was quarantined. It lives outside Git, has RBAC of its own and is kept as a record.",
  spec: withRules(
    requiring(
      z.object({
        modelRef: Reference.describe("The FaceModel."),
        revision: RevisionName.describe("The revision that is decided on."),
        decision: z
          .enum(["Approve", "Abort", "Skip", "Retry"])
          .describe(
            "Approve lets waves that require approval begin. Abort rolls the revision back and quarantines it. Skip leaves the revision aside without blame; what runs goes on. Retry lifts a quarantine or skip once.",
          ),
        wave: z.string().max(63).optional().describe("Approve: only this wave. Default: all waves."),
        reason: z.string().min(1).max(1024).describe("Why, for the record."),
      }),
      { reason: "say why, for the record" },
    ),
    [
      {
        rule: "self == oldSelf",
        message: "a decision is a record and does not change: make another one",
        reason: "FieldValueForbidden",
      },
      {
        rule: "!has(self.wave) || self.decision == 'Approve'",
        message: "wave belongs to decision Approve: remove it",
        fieldPath: ".wave",
        reason: "FieldValueForbidden",
      },
    ],
  ),
  status: z.object({ ...statusFields, handledAt: z.iso.datetime().optional().describe("When it took effect.") }),
  columns: [
    { name: "Model", type: "string", jsonPath: ".spec.modelRef.name", description: "The FaceModel." },
    { name: "Revision", type: "string", jsonPath: ".spec.revision", description: "The revision." },
    { name: "Decision", type: "string", jsonPath: ".spec.decision", description: "What was decided." },
    ...readyColumns,
    messageColumn,
  ],
});

export type RolloutDecision = ObjectOf<typeof RolloutDecision>;
