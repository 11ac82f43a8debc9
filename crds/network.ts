import { z } from "zod";
import { Artifact, Decimal, listBy, LocalName, withRules } from "./shared.ts";

/** The seven expressions in the order that papers use for DFEW and FERV39K; a network may have its own order and words. */
export const expressionLabels = ["neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised"] as const;

const Unit = z.array(Decimal).length(2);

const ImageInput = z.object({
  name: z.string().min(1).max(253).describe("Name of the network's input."),
  width: z.int().min(16).max(2048).describe("Width in pixels."),
  height: z.int().min(16).max(2048).describe("Height in pixels."),
  layout: z.enum(["NCHW", "NHWC"]).default("NCHW").describe("Order of the dimensions."),
  color: z.enum(["RGB", "BGR"]).default("RGB").describe("Order of the color channels."),
  mean: z
    .array(Decimal)
    .length(3)
    .optional()
    .describe("Subtracted from each channel (0 to 255), in the order of color. Default 0."),
  std: withRules(z.array(Decimal).length(3), [
    { rule: "self.all(s, double(s) > 0.0)", message: "each std must be above 0: it divides" },
  ])
    .optional()
    .describe("Divides each channel after the mean. Default 1."),
});

const Crop = withRules(
  z.object({
    type: z
      .enum(["None", "BoundingBox", "Points"])
      .describe(
        "None gives the network the whole frame, letterboxed; BoundingBox a square around the face; Points aligns five points to a template.",
      ),
    margin: Decimal.optional().describe(
      'BoundingBox: part of the box\'s longer side added on each side, such as "0.1". Default 0.',
    ),
    template: z
      .array(Unit)
      .length(5)
      .optional()
      .describe(
        "Points: where left eye, right eye, nose and the corners of the mouth come to lie, as [x, y] in units of the crop's sides.",
      ),
  }),
  [
    {
      rule: "self.type == 'Points' || !has(self.template)",
      message: "template belongs to type Points: remove it or set type to Points",
      fieldPath: ".template",
      reason: "FieldValueForbidden",
    },
    {
      rule: "self.type != 'Points' || has(self.template)",
      message: "type Points needs template: five [x, y] pairs in units of the crop",
      fieldPath: ".template",
      reason: "FieldValueRequired",
    },
    {
      rule: "self.type == 'BoundingBox' || !has(self.margin)",
      message: "margin belongs to type BoundingBox: remove it or set type to BoundingBox",
      fieldPath: ".margin",
      reason: "FieldValueForbidden",
    },
  ],
);

const Output = withRules(
  z.object({
    name: LocalName.describe("Name by which gates and messages speak of it."),
    tensors: z
      .array(z.string().min(1).max(253))
      .min(1)
      .max(16)
      .describe("Names of the network's output tensors that carry it, in the order that the decoder takes."),
    role: z
      .enum(["Boxes", "Landmarks", "Embedding", "Expression", "Projection"])
      .describe(
        "What it means: faces, their points, who it is, how they look, or a projection for training and adaptation.",
      ),
    decoder: z
      .enum(["TinyYolo2", "YuNet", "Points68", "Points5"])
      .optional()
      .describe("Boxes and Landmarks: how the tensors are read."),
    labels: withRules(z.array(z.string().min(1).max(63)).min(2).max(64), [
      {
        rule: "self.all(a, self.exists_one(b, a == b))",
        message: "labels must differ: give each class a name of its own",
      },
    ])
      .optional()
      .describe("Expression: the classes in the network's order."),
    metric: z
      .enum(["L2", "Cosine"])
      .optional()
      .describe("Embedding: the distance between two faces; Cosine is 1 - cosine."),
    threshold: Decimal.optional().describe(
      "Boxes: smallest score of a face. Embedding: largest distance at which two faces are the same person. Expression: smallest probability that is reported.",
    ),
  }),
  [
    {
      rule: "!(self.role in ['Boxes', 'Landmarks']) || has(self.decoder)",
      message: "roles Boxes and Landmarks need a decoder: TinyYolo2, YuNet, Points68 or Points5",
      fieldPath: ".decoder",
      reason: "FieldValueRequired",
    },
    {
      rule: "!has(self.decoder) || self.role != 'Boxes' || self.decoder in ['TinyYolo2', 'YuNet']",
      message: "role Boxes takes decoder TinyYolo2 or YuNet",
      fieldPath: ".decoder",
    },
    {
      rule: "!has(self.decoder) || self.role != 'Landmarks' || self.decoder in ['Points68', 'Points5']",
      message: "role Landmarks takes decoder Points68 or Points5",
      fieldPath: ".decoder",
    },
    {
      rule: "self.role in ['Boxes', 'Landmarks'] || !has(self.decoder)",
      message: "decoder belongs to roles Boxes and Landmarks: remove it",
      fieldPath: ".decoder",
      reason: "FieldValueForbidden",
    },
    {
      rule: "self.role != 'Expression' || has(self.labels)",
      message: "role Expression needs labels: the classes in the network's order",
      fieldPath: ".labels",
      reason: "FieldValueRequired",
    },
    {
      rule: "self.role == 'Expression' || !has(self.labels)",
      message: "labels belong to role Expression: remove them",
      fieldPath: ".labels",
      reason: "FieldValueForbidden",
    },
    {
      rule: "self.role != 'Embedding' || has(self.metric)",
      message: "role Embedding needs metric: L2 or Cosine",
      fieldPath: ".metric",
      reason: "FieldValueRequired",
    },
    {
      rule: "self.role != 'Embedding' || has(self.threshold)",
      message: "role Embedding needs threshold: the largest distance at which two faces are the same person",
      fieldPath: ".threshold",
      reason: "FieldValueRequired",
    },
    {
      rule: "self.role == 'Embedding' || !has(self.metric)",
      message: "metric belongs to role Embedding: remove it",
      fieldPath: ".metric",
      reason: "FieldValueForbidden",
    },
    {
      rule: "!has(self.threshold) || self.role == 'Embedding' || (double(self.threshold) >= 0.0 && double(self.threshold) <= 1.0)",
      message: "threshold of roles other than Embedding is a score: from 0 to 1",
      fieldPath: ".threshold",
    },
    {
      rule: "!has(self.threshold) || self.role != 'Embedding' || (double(self.threshold) > 0.0 && double(self.threshold) <= 4.0)",
      message: "threshold of role Embedding is a distance: above 0 and at most 4",
      fieldPath: ".threshold",
    },
  ],
);

/** One ONNX file and how its input is made and its outputs are read. */
export const Network = z.object({
  name: LocalName.describe("Name by which gates, metrics and messages speak of it."),
  source: Artifact.describe("The ONNX file."),
  input: ImageInput.describe("The picture that the network takes."),
  crop: Crop.describe("Which part of the frame it sees."),
  outputs: listBy("name", Output, { min: 1, max: 8 }).describe("What the network says."),
});

/** All networks of a model: one revision, built, gated, swapped and rolled back together. */
export const Networks = withRules(listBy("name", Network, { min: 1, max: 8 }), [
  {
    rule: "self.exists(n, n.outputs.exists(o, o.role == 'Boxes'))",
    message: "one network must have an output of role Boxes: without it no face is found",
  },
  {
    rule: "!self.exists(n, n.crop.type == 'Points') || self.exists(n, n.outputs.exists(o, o.role == 'Landmarks' || (has(o.decoder) && o.decoder == 'YuNet')))",
    message:
      "crop type Points needs a network with an output of role Landmarks, or the decoder YuNet, which gives points",
  },
]);

/** How numbers are kept and what runs the engine. */
export const Engine = z.object({
  backend: z
    .enum(["Auto", "TensorRT", "ONNXRuntime"])
    .default("Auto")
    .describe(
      "What runs the engine. Auto takes the fastest of this version that the node can run, which is ONNXRuntime on the CPU. TensorRT is not in this version.",
    ),
  scope: z
    .enum(["Node", "HardwareClass"])
    .default("Node")
    .describe(
      "Node builds an engine on each node. HardwareClass, by which nodes with the same key would share one, is not in this version.",
    ),
  gpu: z
    .object({
      runtimeClassName: z.string().max(253).default("nvidia").describe("RuntimeClass of pods that need the GPU."),
      resourceName: z
        .string()
        .max(253)
        .default("nvidia.com/gpu")
        .describe("Extended resource that stands for the GPU."),
    })
    .optional()
    .describe("How pods ask for the GPU. Leave out on nodes without one."),
});

export type Network = z.infer<typeof Network>;
/** What one of a network's outputs means and how it is read. */
export type NetworkOutput = Network["outputs"][number];
/** Which part of a frame a network sees. */
export type NetworkCrop = Network["crop"];
export type Engine = z.infer<typeof Engine>;
