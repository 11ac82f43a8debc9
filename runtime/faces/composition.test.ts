import { describe, expect, test } from "@jest/globals";
import { Network } from "../../crds/network.ts";
import { compose } from "./composition.ts";
import { cropRuleOf, pixelFormatOf } from "./recipe.ts";

const digest = `sha256:${"0".repeat(64)}`;

function network(name: string, crop: object, ...outputs: object[]): Network {
  return Network.parse({
    name,
    source: { uri: "https://models.example/x.onnx", digest },
    input: { name: "image", width: 112, height: 112 },
    crop,
    outputs: outputs.map((output, k) => ({ name: `o${k}`, tensors: ["t"], ...output })),
  });
}

const template = Array.from({ length: 5 }, (_, k) => [`0.${k + 1}`, "0.5"]);
const boxes = { role: "Boxes", decoder: "TinyYolo2" };
const detector = network("detector", { type: "None" }, boxes);
const yunet = network("yunet", { type: "None" }, { role: "Boxes", decoder: "YuNet", threshold: "0.8" });
const landmarks = network("landmarks", { type: "BoundingBox" }, { role: "Landmarks", decoder: "Points68" });
const who = { role: "Embedding", metric: "L2", threshold: "0.45" };
const look = { role: "Expression", labels: ["a", "b"] };
const recognizer = network("recognizer", { type: "Points", template }, who);

describe("networks make a whole", () => {
  test("side by side", () => {
    const { detector: found, ...parts } = compose([recognizer, landmarks, detector]);
    expect(found).toMatchObject({ network: { name: "detector" }, threshold: 0.5 });
    expect(parts).toMatchObject({ landmarks: { network: { name: "landmarks" } }, embedding: { threshold: 0.45 } });
    expect(parts.expression).toBeUndefined();
  });

  test("as one backbone with several outputs", () => {
    const shared = network("shared", { type: "BoundingBox", margin: "0.1" }, who, look);
    const { embedding, expression } = compose([detector, shared]);
    expect(embedding!.network).toBe(expression!.network);
    expect(expression).toMatchObject({ labels: ["a", "b"], threshold: 0 });
  });

  test("with points from the detector", () => {
    expect(compose([yunet, recognizer]).detector.threshold).toBe(0.8);
  });
});

test.each([
  ["no detector", [recognizer], "one must have an output of role Boxes"],
  ["two detectors", [detector, yunet], "detector/o0 and yunet/o0 both have role Boxes"],
  ["two embeddings", [yunet, recognizer, network("other", { type: "BoundingBox" }, who)], "role Embedding"],
  ["a cropped detector", [network("d", { type: "BoundingBox" }, boxes)], "needs crop type None"],
  [
    "boxes by points",
    [network("d", { type: "None" }, { role: "Boxes", decoder: "Points5" })],
    "needs decoder TinyYolo2 or YuNet",
  ],
  ["no decoder", [network("d", { type: "None" }, { role: "Boxes" })], "needs decoder TinyYolo2 or YuNet"],
  ["points from nowhere", [detector, recognizer], "needs role Landmarks or decoder YuNet"],
  [
    "landmarks aligned to themselves",
    [detector, network("l", { type: "Points", template }, { role: "Landmarks", decoder: "Points5" })],
    "needs the points it is to find",
  ],
  ["an embedding without metric", [detector, network("r", { type: "None" }, { role: "Embedding" })], "needs metric"],
  ["an expression without labels", [detector, network("e", { type: "None" }, { role: "Expression" })], "needs labels"],
])("%s is refused with the remedy", (_, networks, message) => {
  expect(() => compose(networks)).toThrow(expect.objectContaining({ name: "BadComposition" }));
  expect(() => compose(networks)).toThrow(message);
});

test("decimals of a network are read as numbers", () => {
  const parsed = Network.parse({
    ...recognizer,
    input: { ...recognizer.input, mean: ["127.5", "127.5", "127.5"], std: ["128", "128", "128"] },
  });
  expect(pixelFormatOf(parsed)).toMatchObject({ mean: [127.5, 127.5, 127.5], std: [128, 128, 128] });
  expect(pixelFormatOf(recognizer)).toMatchObject({ mean: [0, 0, 0], std: [1, 1, 1], layout: "NCHW", color: "RGB" });
  expect(cropRuleOf(recognizer)).toMatchObject({ type: "Points", template: [{ x: 0.1, y: 0.5 }, {}, {}, {}, {}] });
  expect(() => cropRuleOf({ ...recognizer, crop: { type: "Points" } })).toThrow("needs five [x, y] pairs");
});
