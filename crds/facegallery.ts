import { z } from "zod";
import { defineKind, messageColumn, readyColumns, type ObjectOf } from "./kind.ts";
import { listBy, Reference, SecretKeyReference, statusFields, text } from "./shared.ts";

/** A person's identifier in events: a pseudonym, never a name. */
export const PersonId = text({
  matches: /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/,
  message: "must be a pseudonym of letters, digits, '-', '_' and '.', such as p-0107; keep names out of the cluster",
  maxLength: 63,
});

/** One enrolled person. */
export const Person = z.object({
  id: PersonId.describe("Pseudonym by which events name the person."),
  label: z.string().min(1).max(253).optional().describe("Identity in the dataset. Default: the id."),
  consentRef: z
    .string()
    .min(3)
    .max(1024)
    .describe("Where the person's consent is recorded: an identifier or address of the record."),
});

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
