import { remove, set } from "../../support/edit.ts";
import { casesOf } from "./case.ts";

const network = "spec.networks[0]";
const aDigest = `sha256:${"a".repeat(64)}`;
const fivePoints = [
  ["0.34", "0.46"],
  ["0.66", "0.46"],
  ["0.5", "0.64"],
  ["0.37", "0.82"],
  ["0.63", "0.82"],
];

export const networkCases = casesOf("FaceModel", [
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
    remedy: "must begin with https://, http:// or file:///",
  },
  {
    story: "a network from a registry, which this version does not pull from",
    edit: set(`${network}.source.uri`, "oci://registry.example.com/faces/a:1"),
    field: `${network}.source.uri`,
    remedy: "must begin with https://, http:// or file:///",
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
]);
