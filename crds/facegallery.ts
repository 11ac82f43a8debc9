import { z } from "zod";
import { defineKind, messageColumn, readyColumns, type ObjectOf } from "./kind.ts";
import { listBy, Reference, requiring, SecretKeyReference, statusFields, withRules } from "./shared.ts";

/** One enrolled person. The rule on the id is the person's, since the API server would repeat the id, which may be a name. */
export const Person = withRules(
  requiring(
    z.object({
      id: z
        .string()
        .min(1)
        .max(63)
        .describe("Pseudonym by which events name the person: letters, digits, '-', '_' and '.', never a name."),
      label: z.string().min(1).max(253).optional().describe("Identity in the dataset. Default: the id."),
      consentRef: z
        .string()
        .min(3)
        .max(1024)
        .describe("Where the person's consent is recorded: an identifier or address of the record."),
    }),
    { consentRef: "say where the person's consent is recorded, or leave the person out" },
  ),
  [
    {
      rule: "self.id.matches('^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$')",
      message:
        "id must be a pseudonym of letters, digits, '-', '_' and '.', such as p-0107; keep names out of the cluster",
      fieldPath: ".id",
    },
  ],
);

/** People who may be recognized. Their templates exist on nodes only, sealed. */
export const FaceGallery = defineKind({
  kind: "FaceGallery",
  plural: "facegalleries",
  singular: "facegallery",
  shortNames: ["fg"],
  categories: ["facefleet"],
  description:
    "FaceGallery lists the people who may be recognized, each with a consent reference. Templates are made on the node from the pictures of a FaceDataset by the very engines that compare them, and are kept there only, sealed with AES-256-GCM; none ever reaches the API server.",
  spec: z.object({
    datasetRef: Reference.describe("FaceDataset with the pictures of the people, of purpose Enrollment."),
    keySecretRef: SecretKeyReference.describe(
      "Secret key of 32 bytes (or 64 hex digits) that seals the templates. Mounted on nodes whose cameras use the gallery.",
    ),
    people: listBy("id", Person, { max: 10000 }).describe("The people."),
  }),
  status: z.object({
    ...statusFields,
    version: z
      .string()
      .max(63)
      .optional()
      .describe("Hash of the people, the pictures and the key's name: nodes report the version they hold."),
    people: z.int().min(0).optional().describe("People enrolled."),
    nodes: z.int().min(0).optional().describe("Nodes whose cameras use it."),
    nodesCurrent: z.int().min(0).optional().describe("Nodes that hold this version."),
  }),
  columns: [
    { name: "People", type: "integer", jsonPath: ".status.people", description: "People enrolled." },
    { name: "Nodes", type: "integer", jsonPath: ".status.nodes", description: "Nodes whose cameras use it." },
    {
      name: "Current",
      type: "integer",
      jsonPath: ".status.nodesCurrent",
      description: "Nodes that hold this version.",
    },
    {
      name: "Version",
      type: "string",
      jsonPath: ".status.version",
      description: "Version of the gallery.",
      priority: 1,
    },
    ...readyColumns,
    messageColumn,
  ],
});

export type FaceGallery = ObjectOf<typeof FaceGallery>;
