import { z } from "zod";
import { defineKind, messageColumn, readyColumns, type ObjectOf } from "./kind.ts";
import { Artifact, requiring, setOf, statusFields, withRules } from "./shared.ts";

/** Formats of labelled sets, by the names of their makers. */
export const datasetFormats = ["ImageFolder", "InsightFaceBin", "InsightFaceRec", "DFEW", "FERV39K"] as const;

/** What a set may be used for. */
const datasetPurposes = ["Gate", "Probe", "Enrollment", "Calibration", "AdaptationGuard", "Training"] as const;

/** A labelled set of pictures, by place and hash, with its license and purpose stated. */
export const FaceDataset = defineKind({
  kind: "FaceDataset",
  plural: "facedatasets",
  singular: "facedataset",
  shortNames: ["fds"],
  categories: ["facefleet"],
  description:
    "FaceDataset is a labelled set of pictures: for gates, probes, enrollment, calibration, the guard of adaptation and training. It is pinned by its hash: another hash is another FaceDataset.",
  spec: requiring(
    z.object({
      source: withRules(Artifact.describe("The set as one file: for ImageFolder a tar archive, optionally gzipped."), [
        {
          rule: "!has(oldSelf.digest) || !has(self.digest) || self.digest == oldSelf.digest",
          message: "digest is immutable, since gates were passed on this very set: make another FaceDataset",
          fieldPath: ".digest",
        },
      ]),
      format: withRules(
        z
          .enum(datasetFormats)
          .describe(
            "ImageFolder: pictures in folders with a metadata.jsonl of file_name, identity, expression and subgroup, as Hugging Face datasets has it; without that file the folder's name is the identity. The other formats are not read by this version.",
          ),
        [{ rule: "self == oldSelf", message: "format is immutable: make another FaceDataset" }],
      ),
      purposes: setOf(z.enum(datasetPurposes), { min: 1, max: 6 }).describe(
        "What the license and the people in it allow it to be used for. A use that is not listed is refused.",
      ),
      license: z.string().min(1).max(253).describe("License of the pictures, as an SPDX identifier or a sentence."),
    }),
    { license: "say under which license the pictures may be used, as an SPDX identifier or a sentence" },
  ),
  status: z.object({ ...statusFields, usedBy: z.int().min(0).optional().describe("Objects that refer to it.") }),
  columns: [
    { name: "Format", type: "string", jsonPath: ".spec.format", description: "Format of the set." },
    {
      name: "License",
      type: "string",
      jsonPath: ".spec.license",
      description: "License of the pictures.",
      priority: 1,
    },
    { name: "Digest", type: "string", jsonPath: ".spec.source.digest", description: "Hash of the set.", priority: 1 },
    ...readyColumns,
    messageColumn,
  ],
});

export type FaceDataset = ObjectOf<typeof FaceDataset>;
