import type { KindName } from "../support/builders.ts";
import { remove, set, type Edit } from "../support/edit.ts";

/** A malformed object: one edit away from a valid one, so that it is refused for the stated reason only. */
export interface MalformedCase {
  story: string;
  kind: KindName;
  /** What makes the kind's example another valid object first. */
  from?: readonly Edit[];
  /** What makes it malformed. */
  edit: Edit;
  /** Whether the valid object is there already and is changed to the malformed one. */
  update?: boolean;
  /** The field that the message must name. */
  field: string;
  /** What the message must tell to do. */
  remedy: string;
}

const network = "spec.networks[0]";
const offline = "spec.gates.offline";
const online = "spec.gates.online";
const waves = "spec.rollout.waves";
const aDigest = `sha256:${"a".repeat(64)}`;

const int8 = [set("spec.precision", "INT8"), set("spec.calibration", { datasetRef: { name: "gate" } })];
const fivePoints = [
  ["0.34", "0.46"],
  ["0.66", "0.46"],
  ["0.5", "0.64"],
  ["0.37", "0.82"],
  ["0.63", "0.82"],
];

const faceModel: Omit<MalformedCase, "kind">[] = [
  {
    story: "a network without a digest",
    edit: remove(`${network}.source.digest`),
    field: `${network}.source.digest`,
    remedy: "digest is required: pin the file by its hash",
  },
  {
    story: "a digest that is no SHA-256",
    edit: set(`${network}.source.digest`, "sha256:123"),
    field: `${network}.source.digest`,
    remedy: "must be sha256: followed by 64 lower-case hex digits",
  },
  {
    story: "a digest in capitals",
    edit: set(`${network}.source.digest`, aDigest.toUpperCase()),
    field: `${network}.source.digest`,
    remedy: "64 lower-case hex digits",
  },
  {
    story: "a network from ftp",
    edit: set(`${network}.source.uri`, "ftp://models.example.com/a.onnx"),
    field: `${network}.source.uri`,
    remedy: "must begin with oci://, https://, http://, pvc:// or file:///",
  },
  {
    story: "a place with a password in it",
    edit: set(`${network}.source.uri`, "https://me:secret@models.example.com/a.onnx"),
    field: `${network}.source.uri`,
    remedy: "must not hold a user or password",
  },
  {
    story: "an unknown role",
    edit: set(`${network}.outputs[0].role`, "Faces"),
    field: `${network}.outputs[0].role`,
    remedy: 'supported values: "Boxes", "Landmarks", "Embedding", "Expression", "Projection"',
  },
  {
    story: "boxes without a decoder",
    edit: remove(`${network}.outputs[0].decoder`),
    field: `${network}.outputs[0].decoder`,
    remedy: "roles Boxes and Landmarks need a decoder",
  },
  {
    story: "boxes read by a decoder of points",
    edit: set(`${network}.outputs[0].decoder`, "Points68"),
    field: `${network}.outputs[0].decoder`,
    remedy: "role Boxes takes decoder TinyYolo2 or YuNet",
  },
  {
    story: "a decoder on an embedding",
    edit: set("spec.networks[1].outputs[0].decoder", "YuNet"),
    field: "spec.networks[1].outputs[0].decoder",
    remedy: "decoder belongs to roles Boxes and Landmarks: remove it",
  },
  {
    story: "an embedding without a threshold",
    edit: remove("spec.networks[1].outputs[0].threshold"),
    field: "spec.networks[1].outputs[0].threshold",
    remedy: "role Embedding needs threshold: the largest distance",
  },
  {
    story: "a score above one as threshold",
    edit: set(`${network}.outputs[0].threshold`, "1.5"),
    field: `${network}.outputs[0].threshold`,
    remedy: "from 0 to 1",
  },
  {
    story: "a distance of zero as threshold",
    edit: set("spec.networks[1].outputs[0].threshold", "0"),
    field: "spec.networks[1].outputs[0].threshold",
    remedy: "above 0 and at most 4",
  },
  {
    story: "a threshold as a float",
    edit: set(`${network}.outputs[0].threshold`, 0.5),
    field: `${network}.outputs[0].threshold`,
    remedy: "must be of type string",
  },
  {
    story: "a threshold with a comma",
    edit: set(`${network}.outputs[0].threshold`, "0,5"),
    field: `${network}.outputs[0].threshold`,
    remedy: 'must be a decimal number written as a string, such as "0.45"',
  },
  {
    story: "expressions without labels",
    edit: remove("spec.networks[2].outputs[0].labels"),
    field: "spec.networks[2].outputs[0].labels",
    remedy: "role Expression needs labels",
  },
  {
    story: "the same label twice",
    edit: set("spec.networks[2].outputs[0].labels", ["happy", "sad", "happy"]),
    field: "spec.networks[2].outputs[0].labels",
    remedy: "labels must differ: give each class a name of its own",
  },
  {
    story: "a mean of two values",
    edit: set(`${network}.input.mean`, ["1", "2"]),
    field: `${network}.input.mean`,
    remedy: "should have at least 3 items",
  },
  {
    story: "a standard deviation of zero",
    edit: set(`${network}.input.std`, ["1", "0", "1"]),
    field: `${network}.input.std`,
    remedy: "must be above 0",
  },
  {
    story: "an input of eight pixels",
    edit: set(`${network}.input.width`, 8),
    field: `${network}.input.width`,
    remedy: "should be greater than or equal to 16",
  },
  {
    story: "a template without points",
    edit: set("spec.networks[1].crop.template", fivePoints),
    field: "spec.networks[1].crop.template",
    remedy: "template belongs to type Points",
  },
  {
    story: "alignment by points that no network gives",
    edit: set("spec.networks[1].crop", { type: "Points", template: fivePoints }),
    field: "spec.networks",
    remedy: "crop type Points needs a network with an output of role Landmarks",
  },
  {
    story: "alignment without a template",
    from: [
      set(`${network}.outputs[0].decoder`, "YuNet"),
      set("spec.networks[1].crop", { type: "Points", template: fivePoints }),
    ],
    edit: remove("spec.networks[1].crop.template"),
    field: "spec.networks[1].crop.template",
    remedy: "type Points needs template: five [x, y] pairs",
  },
  {
    story: "no network that finds faces",
    edit: remove("spec.networks[0]"),
    field: "spec.networks",
    remedy: "one network must have an output of role Boxes",
  },
  {
    story: "two networks of one name",
    edit: set("spec.networks[1].name", "detector"),
    field: "spec.networks[1]",
    remedy: "Duplicate value",
  },
  {
    story: "a network's name with capitals",
    edit: set(`${network}.name`, "Detector"),
    field: `${network}.name`,
    remedy: "must be a short name: lower-case letters, digits and '-'",
  },
  {
    story: "a network's name that is too long",
    edit: set(`${network}.name`, "a".repeat(64)),
    field: `${network}.name`,
    remedy: "may not be more than 63 bytes",
  },
  {
    story: "INT8 without calibration",
    from: int8,
    edit: remove("spec.calibration"),
    field: "spec.calibration",
    remedy: "precision INT8 needs calibration.datasetRef",
  },
  {
    story: "calibration of FP32",
    edit: set("spec.calibration", { datasetRef: { name: "gate" } }),
    field: "spec.calibration",
    remedy: "calibration belongs to precision INT8: remove it",
  },
  {
    story: "FP16 on a CPU",
    from: [set("spec.engine", { backend: "ONNXRuntime" })],
    edit: set("spec.precision", "FP16"),
    field: "spec.precision",
    remedy: "use FP32 or INT8",
  },
  {
    story: "an unknown backend",
    edit: set("spec.engine", { backend: "CUDA" }),
    field: "spec.engine.backend",
    remedy: 'supported values: "Auto", "TensorRT", "ONNXRuntime"',
  },
  {
    story: "a timeout without a unit",
    edit: set("spec.timeouts", { build: "30" }),
    field: "spec.timeouts.build",
    remedy: "must be a duration such as 250ms, 90s, 5m or 1h30m",
  },
  {
    story: "a timeout of nothing",
    edit: set("spec.timeouts", { build: "0m" }),
    field: "spec.timeouts.build",
    remedy: "must be longer than nothing",
  },
  {
    story: "a metric that the offline gate does not have",
    edit: set(`${offline}.checks[0].metric`, "Accuracy"),
    field: `${offline}.checks[0].metric`,
    remedy: 'supported values: "DetectionRate"',
  },
  {
    story: "an offline check that asks for nothing",
    edit: remove(`${offline}.checks[0].atLeast`),
    field: `${offline}.checks[0]`,
    remedy: "a check needs atLeast, atMost or margin",
  },
  {
    story: "a floor of more than one",
    edit: set(`${offline}.checks[0].atLeast`, "1.1"),
    field: `${offline}.checks[0].atLeast`,
    remedy: "must be a fraction from 0 to 1",
  },
  {
    story: "a floor for a latency",
    edit: set(`${offline}.checks[2]`, { metric: "LatencyP95", atLeast: "0.5" }),
    field: `${offline}.checks[2].atLeast`,
    remedy: "use atMost for latency and memory",
  },
  {
    story: "a ceiling for a rate",
    edit: set(`${offline}.checks[0]`, { metric: "DetectionRate", atMost: "0.9" }),
    field: `${offline}.checks[0].atMost`,
    remedy: "use atLeast for rates",
  },
  {
    story: "a latency in megabytes",
    edit: set(`${offline}.checks[2].atMost`, "40Mi"),
    field: `${offline}.checks[2].atMost`,
    remedy: "atMost of a latency must be a duration such as 40ms",
  },
  {
    story: "a false accept rate on a detection rate",
    edit: set(`${offline}.checks[0].falseAcceptRate`, "0.01"),
    field: `${offline}.checks[0].falseAcceptRate`,
    remedy: "falseAcceptRate belongs to metric TrueAcceptRate: remove it",
  },
  {
    story: "a worst subgroup without a floor",
    edit: set(`${offline}.checks[0]`, { metric: "DetectionRate", margin: "0.02", worstSubgroup: true }),
    field: `${offline}.checks[0].worstSubgroup`,
    remedy: "worstSubgroup needs atLeast",
  },
  {
    story: "a paired metric without a margin",
    edit: remove(`${online}.checks[0].margin`),
    field: `${online}.checks[0].margin`,
    remedy: 'a paired metric needs margin, such as "0.05"',
  },
  {
    story: "a margin that no evidence can show",
    edit: set(`${online}.checks[0].margin`, "0.001"),
    field: `${online}.checks[0].margin`,
    remedy: "margin must be at least 0.005",
  },
  {
    story: "one online metric twice",
    edit: set(`${online}.checks[1].metric`, "ProbeIdentity"),
    field: `${online}.checks[1]`,
    remedy: "Duplicate value",
  },
  {
    story: "probes without a dataset",
    edit: remove(`${online}.probes`),
    field: `${online}.probes`,
    remedy: "ProbeIdentity and ProbeExpression need probes.datasetRef",
  },
  {
    story: "an online gate in which nothing decides",
    edit: set(`${online}.checks`, [{ metric: "LatencyP95", atMost: "60ms", required: false }]),
    field: `${online}.checks`,
    remedy: "at least one check must be required",
  },
  {
    story: "a chance of error of one half",
    edit: set(`${online}.alpha`, "0.5"),
    field: `${online}.alpha`,
    remedy: "must be above 0 and at most 0.2",
  },
  {
    story: "an offline gate that may err half of the time",
    edit: set(`${offline}.alpha`, "0.5"),
    field: `${offline}.alpha`,
    remedy: "must be above 0 and at most 0.2",
  },
  {
    story: "no sample at all",
    edit: set(`${online}.minSamples`, 0),
    field: `${online}.minSamples`,
    remedy: "should be greater than or equal to 1",
  },
  {
    story: "overlapping waves",
    edit: set(`${waves}[1].nodes`, { matchLabels: { "facefleet.dev/ring": "canary" } }),
    field: waves,
    remedy: "waves overlap: two of them select the same nodes",
  },
  {
    story: "a wave without a selector before the last",
    edit: remove(`${waves}[0].nodes`),
    field: waves,
    remedy: "only the last wave may leave out nodes",
  },
  {
    story: "no wave",
    edit: set(waves, []),
    field: waves,
    remedy: "should have at least 1 items",
  },
  {
    story: "no node that may change",
    edit: set(`${waves}[0].maxUnavailable`, "0"),
    field: `${waves}[0].maxUnavailable`,
    remedy: "must be a count of at least 1 or a percentage",
  },
  {
    story: "a negative count of failures",
    edit: set(`${waves}[0].maxFailures`, -1),
    field: `${waves}[0].maxFailures`,
    remedy: "should be greater than or equal to 0",
  },
  {
    story: "half a build at once",
    edit: set("spec.rollout.maxConcurrentBuilds", 1.5),
    field: "spec.rollout.maxConcurrentBuilds",
    remedy: "must be of type integer",
  },
  {
    story: "a selector with In and no values",
    edit: set("spec.nodes", { matchExpressions: [{ key: "ring", operator: "In" }] }),
    field: "spec.nodes.matchExpressions[0].values",
    remedy: "In and NotIn need values, Exists and DoesNotExist take none",
  },
  {
    story: "a history of a thousand revisions",
    edit: set("spec.revisionHistoryLimit", 1000),
    field: "spec.revisionHistoryLimit",
    remedy: "should be less than or equal to 10",
  },
];

const faceDataset: Omit<MalformedCase, "kind">[] = [
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
];

const cameraStream: Omit<MalformedCase, "kind">[] = [
  {
    story: "an address with user and password",
    edit: set("spec.source.url", "http://admin:secret@10.0.8.17/mjpeg"),
    field: "spec.source.url",
    remedy: "put them into a Secret and name it in credentialsSecretRef",
  },
  {
    story: "an RTSP address of an HTTP source",
    edit: set("spec.source.url", "rtsp://10.0.8.17/stream"),
    field: "spec.source.url",
    remedy: "url of an HTTP source must begin with http:// or https://",
  },
  {
    story: "a file as USB camera",
    from: [set("spec.source", { type: "USB", url: "/dev/video0" })],
    edit: set("spec.source.url", "/etc/passwd"),
    field: "spec.source.url",
    remedy: "must be a device such as /dev/video0",
  },
  {
    story: "a device outside /dev by way of it",
    from: [set("spec.source", { type: "USB", url: "/dev/video0" })],
    edit: set("spec.source.url", "/dev/../etc/passwd"),
    field: "spec.source.url",
    remedy: "must not climb with ..",
  },
  {
    story: "a folder that climbs",
    from: [set("spec.source", { type: "File", url: "file:///pictures/hall" })],
    edit: set("spec.source.url", "file:///pictures/../../etc"),
    field: "spec.source.url",
    remedy: "must not climb with ..",
  },
  {
    story: "a mask beyond the frame",
    edit: set("spec.privacyMasks[0].left", "0.8"),
    field: "spec.privacyMasks",
    remedy: "left + width and top + height must be at most 1",
  },
  {
    story: "a mask of no width",
    edit: set("spec.privacyMasks[0].width", "0"),
    field: "spec.privacyMasks",
    remedy: "width and height must be above 0",
  },
  {
    story: "two masks of one name",
    edit: set("spec.privacyMasks[1]", { name: "street", left: "0.5", top: "0", width: "0.1", height: "0.1" }),
    field: "spec.privacyMasks[1]",
    remedy: "Duplicate value",
  },
  {
    story: "identity without a gallery",
    edit: remove("spec.galleryRef"),
    field: "spec.galleryRef",
    remedy: "infer.identity needs galleryRef: the people that may be recognized",
  },
  {
    story: "a gallery that nothing may use",
    edit: set("spec.infer", { expression: true }),
    field: "spec.galleryRef",
    remedy: "allow identity or remove it",
  },
  {
    story: "a thousand frames a second",
    edit: set("spec.maxFramesPerSecond", 1000),
    field: "spec.maxFramesPerSecond",
    remedy: "should be less than or equal to 120",
  },
  {
    story: "a sink that posts nowhere",
    edit: remove("spec.sinks[0].url"),
    field: "spec.sinks[0].url",
    remedy: "a sink of type HTTP needs url",
  },
  {
    story: "an address of standard output",
    edit: set("spec.sinks[0].type", "Stdout"),
    field: "spec.sinks[0].url",
    remedy: "url belongs to sinks of type HTTP: remove it",
  },
  {
    story: "a sink with a password in its address",
    edit: set("spec.sinks[0].url", "https://me:secret@events.example.com/faces"),
    field: "spec.sinks[0].url",
    remedy: "must not hold a user or password",
  },
  {
    story: "a node's name that none can have",
    edit: set("spec.nodeName", "Orin NX 1"),
    field: "spec.nodeName",
    remedy: "must be an object name",
  },
];

const faceGallery: Omit<MalformedCase, "kind">[] = [
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
];

const rolloutDecision: Omit<MalformedCase, "kind">[] = [
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
];

const engineBuild: Omit<MalformedCase, "kind">[] = [
  {
    story: "a build that changes",
    edit: set("spec.attempt", 1),
    update: true,
    field: "spec",
    remedy: "an EngineBuild does not change: the operator makes another one",
  },
  {
    story: "a negative attempt",
    edit: set("spec.attempt", -1),
    field: "spec.attempt",
    remedy: "should be greater than or equal to 0",
  },
];

const nodeRuntime: Omit<MalformedCase, "kind">[] = [
  {
    story: "another name than the node's",
    edit: set("spec.nodeName", "orin-nx-2"),
    field: "spec.nodeName",
    remedy: "metadata.name must equal spec.nodeName: one NodeRuntime a node",
  },
  {
    story: "an unknown phase",
    edit: set("spec.trial.phase", "Canary"),
    field: "spec.trial.phase",
    remedy: 'supported values: "Shadow", "Soak"',
  },
];

const of = (kind: KindName, cases: Omit<MalformedCase, "kind">[]): MalformedCase[] =>
  cases.map((malformed) => ({ kind, ...malformed }));

export const malformedCases: readonly MalformedCase[] = [
  ...of("FaceModel", faceModel),
  ...of("FaceDataset", faceDataset),
  ...of("CameraStream", cameraStream),
  ...of("FaceGallery", faceGallery),
  ...of("RolloutDecision", rolloutDecision),
  ...of("EngineBuild", engineBuild),
  ...of("NodeRuntime", nodeRuntime),
];
