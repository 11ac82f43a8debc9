import { z } from "zod";
import { defineKind, messageColumn, readyColumns, type ObjectOf } from "./kind.ts";
import {
  Fraction,
  listBy,
  LocalName,
  ObjectName,
  Reference,
  statusFields,
  withoutCredentials,
  withRules,
} from "./shared.ts";

const Area = z.object({
  name: LocalName.describe("Name of the area."),
  left: Fraction.describe("Left edge, as a part of the frame's width."),
  top: Fraction.describe("Upper edge, as a part of the frame's height."),
  width: Fraction.describe("Width, as a part of the frame's width."),
  height: Fraction.describe("Height, as a part of the frame's height."),
});

const areaRules = (field: string) => [
  {
    rule: "self.all(a, double(a.left) + double(a.width) <= 1.0 && double(a.top) + double(a.height) <= 1.0)",
    message: `an area of ${field} reaches beyond the frame: left + width and top + height must be at most 1`,
  },
  {
    rule: "self.all(a, double(a.width) > 0.0 && double(a.height) > 0.0)",
    message: `an area of ${field} is empty: width and height must be above 0`,
  },
];

/** Where pictures come from, as a node is told: what it cannot read it says in the camera's state. */
export const CameraSource = withRules(
  z.object({
    type: z
      .enum(["HTTP", "RTSP", "USB", "File"])
      .describe(
        "HTTP: multipart JPEG, as most network cameras offer. File: a folder of pictures on the node. RTSP and USB are not in this version.",
      ),
    url: z
      .string()
      .min(1)
      .max(2048)
      .describe(
        "http:// or https:// address, or file:///folder. Without user and password: those belong into a Secret.",
      ),
  }),
  [
    withoutCredentials("url", "put them into a Secret and name it in credentialsSecretRef"),
    {
      rule: "self.type != 'HTTP' || self.url.matches('^https?://')",
      message: "url of an HTTP source must begin with http:// or https://",
      fieldPath: ".url",
    },
    {
      rule: "self.type != 'RTSP' || self.url.matches('^rtsps?://')",
      message: "url of an RTSP source must begin with rtsp:// or rtsps://",
      fieldPath: ".url",
    },
    {
      rule: "self.type != 'USB' || self.url.startsWith('/dev/')",
      message: "url of a USB source must be a device such as /dev/video0",
      fieldPath: ".url",
    },
    {
      rule: "self.type != 'File' || self.url.startsWith('file:///')",
      message: "url of a File source must begin with file:///",
      fieldPath: ".url",
    },
    {
      rule: '!(self.type in [\'USB\', \'File\']) || !self.url.matches(r"""(^|/)\\.\\.(/|$)""")',
      message: "url must not climb with ..: name the device or folder itself",
      fieldPath: ".url",
    },
  ],
);

/** Where events go. */
const Sink = withRules(
  z.object({
    name: LocalName.describe("Name of the sink."),
    type: z
      .enum(["Stdout", "HTTP"])
      .describe("Stdout: one JSON a line. HTTP: CloudEvents in structured mode, retried and kept on disk meanwhile."),
    url: z.string().min(1).max(2048).optional().describe("HTTP: where events are posted to."),
  }),
  [
    withoutCredentials("url", "let the receiver know its senders by network or certificate"),
    {
      rule: "self.type != 'HTTP' || has(self.url)",
      message: "a sink of type HTTP needs url: where events are posted to",
      fieldPath: ".url",
      reason: "FieldValueRequired",
    },
    {
      rule: "self.type == 'HTTP' || !has(self.url)",
      message: "url belongs to sinks of type HTTP: remove it",
      fieldPath: ".url",
      reason: "FieldValueForbidden",
    },
    {
      rule: "!has(self.url) || self.url.matches('^https?://')",
      message: "url of a sink must begin with http:// or https://",
      fieldPath: ".url",
    },
  ],
);

/** What may be inferred about the people in view. What is not allowed is not computed at all. */
const Infer = z.object({
  identity: z.boolean().default(false).describe("Whether people may be recognized. Needs a gallery."),
  expression: z
    .boolean()
    .default(false)
    .describe("Whether expressions may be read. Prohibited at work and in education in some jurisdictions."),
});

/** A camera: where its pictures come from, where they are read, and what may be inferred from them. */
export const CameraStream = defineKind({
  kind: "CameraStream",
  plural: "camerastreams",
  singular: "camerastream",
  shortNames: ["cam"],
  categories: ["facefleet"],
  description:
    "CameraStream is a camera: where its pictures come from, on which node they are read, with which model, and what may be inferred from them.",
  spec: withRules(
    z.object({
      source: withRules(CameraSource.describe("Where pictures come from."), [
        {
          rule: "self.type in ['HTTP', 'File']",
          message:
            "types RTSP and USB need a decoder, which this version has not: use the camera's HTTP address (multipart JPEG), or a folder of pictures",
          fieldPath: ".type",
        },
      ]),
      credentialsSecretRef: Reference.optional().describe(
        "Secret with keys username and password. Mounted on the camera's node only.",
      ),
      nodeName: ObjectName.describe("Node that reads the camera."),
      modelRef: Reference.describe("FaceModel that looks at it."),
      galleryRef: Reference.optional().describe("FaceGallery of the people it may recognize."),
      adaptationPolicyRef: Reference.optional().describe(
        "AdaptationPolicy by which the model adapts to this camera. Adaptation is not in this version.",
      ),
      maxFramesPerSecond: z
        .int()
        .min(1)
        .max(120)
        .default(10)
        .describe("Frames a second that are looked at; the newest wins, the others are dropped."),
      regions: withRules(listBy("name", Area, { max: 16 }), areaRules("regions"))
        .optional()
        .describe("Where faces are looked for. Default: the whole frame."),
      privacyMasks: withRules(listBy("name", Area, { max: 16 }), areaRules("privacyMasks"))
        .optional()
        .describe("Areas that are blackened before anything looks at the frame."),
      infer: Infer.prefault({}).describe("What may be inferred. Nothing is unless allowed."),
      sinks: listBy("name", Sink, { max: 8 })
        .default([{ name: "stdout", type: "Stdout" }])
        .describe("Where events go."),
      suspend: z.boolean().default(false).describe("Stops reading the camera."),
    }),
    [
      {
        rule: "!self.infer.identity || has(self.galleryRef)",
        message: "infer.identity needs galleryRef: the people that may be recognized",
        fieldPath: ".galleryRef",
        reason: "FieldValueRequired",
      },
      {
        rule: "self.infer.identity || !has(self.galleryRef)",
        message:
          "galleryRef without infer.identity would load templates that nothing may use: allow identity or remove it",
        fieldPath: ".galleryRef",
        reason: "FieldValueForbidden",
      },
      {
        rule: "!has(self.adaptationPolicyRef)",
        message: "adaptationPolicyRef names an AdaptationPolicy, a kind that is not in this version: remove it",
        fieldPath: ".adaptationPolicyRef",
        reason: "FieldValueForbidden",
      },
    ],
  ),
  status: z.object({
    ...statusFields,
    revision: z.string().max(63).optional().describe("Revision of the model that looks at it."),
  }),
  columns: [
    { name: "Node", type: "string", jsonPath: ".spec.nodeName", description: "Node that reads the camera." },
    { name: "Model", type: "string", jsonPath: ".spec.modelRef.name", description: "Model that looks at it." },
    {
      name: "Identity",
      type: "boolean",
      jsonPath: ".spec.infer.identity",
      description: "Whether people may be recognized.",
    },
    {
      name: "Expression",
      type: "boolean",
      jsonPath: ".spec.infer.expression",
      description: "Whether expressions may be read.",
    },
    { name: "Source", type: "string", jsonPath: ".spec.source.type", description: "Kind of source.", priority: 1 },
    ...readyColumns,
    messageColumn,
  ],
});

export type CameraStream = ObjectOf<typeof CameraStream>;
/** What a camera is and what may be inferred from it. */
export type CameraStreamSpec = CameraStream["spec"];
