import { remove, set } from "../../support/edit.ts";
import { casesOf } from "./case.ts";

const aDigest = `sha256:${"a".repeat(64)}`;

export const faceDatasetCases = casesOf("FaceDataset", [
  {
    story: "another digest than the gates were passed on",
    edit: set("spec.source.digest", aDigest),
    update: true,
    field: "spec.source.digest",
    remedy: "digest is immutable, since gates were passed on this very set: make another FaceDataset",
  },
  {
    story: "another format",
    edit: set("spec.format", "DFEW"),
    update: true,
    field: "spec.format",
    remedy: "format is immutable: make another FaceDataset",
  },
  {
    story: "no license",
    edit: remove("spec.license"),
    field: "spec.license",
    remedy: "license is required: say under which license the pictures may be used",
  },
  {
    story: "no purpose",
    edit: set("spec.purposes", []),
    field: "spec.purposes",
    remedy: "should have at least 1 items",
  },
  {
    story: "a purpose twice",
    edit: set("spec.purposes", ["Gate", "Gate"]),
    field: "spec.purposes[1]",
    remedy: "Duplicate value",
  },
  {
    story: "an unknown format",
    edit: set("spec.format", "LFW"),
    field: "spec.format",
    remedy: 'supported values: "ImageFolder"',
  },
]);

export const faceGalleryCases = casesOf("FaceGallery", [
  {
    story: "a person without a consent",
    edit: remove("spec.people[0].consentRef"),
    field: "spec.people[0].consentRef",
    remedy: "consentRef is required: say where the person's consent is recorded",
  },
  {
    story: "a person by name",
    edit: set("spec.people[0].id", "Ada Lovelace"),
    field: "spec.people[0].id",
    remedy: "keep names out of the cluster",
  },
  {
    story: "a person twice",
    edit: set("spec.people[1].id", "p-0107"),
    field: "spec.people[1]",
    remedy: "Duplicate value",
  },
  {
    story: "a key without a Secret",
    edit: remove("spec.keySecretRef"),
    field: "spec.keySecretRef",
    remedy: "Required value",
  },
]);

export const rolloutDecisionCases = casesOf("RolloutDecision", [
  {
    story: "a decision that changes",
    edit: set("spec.decision", "Retry"),
    from: [remove("spec.wave")],
    update: true,
    field: "spec",
    remedy: "a decision is a record and does not change: make another one",
  },
  {
    story: "a wave of an abort",
    edit: set("spec.decision", "Abort"),
    field: "spec.wave",
    remedy: "wave belongs to decision Approve: remove it",
  },
  {
    story: "a revision that is none",
    edit: set("spec.revision", "latest"),
    field: "spec.revision",
    remedy: "must be a revision as status.revision of the FaceModel shows it",
  },
  {
    story: "a decision without a reason",
    edit: remove("spec.reason"),
    field: "spec.reason",
    remedy: "reason is required: say why, for the record",
  },
]);
