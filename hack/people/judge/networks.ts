import type { Network } from "../../../crds/network.ts";
import { onnxRuntime } from "../../../runtime/engine/onnxruntime.ts";
import { OpenNetwork } from "../../../runtime/engine/open-network.ts";
import { compose } from "../../../runtime/faces/composition.ts";
import { encodeModel } from "../../../runtime/graph/encode.ts";
import type { Slot } from "../../../runtime/pipeline/look.ts";
import { convert } from "../../models/convert.ts";
import { networks as sources, type Network as Source, type NetworkName } from "../../models/networks.ts";
import { readWeights } from "../../models/weights.ts";
import { expressions } from "../expression/expression.ts";

const source = { uri: "file:///face-api", digest: `sha256:${"0".repeat(64)}` };

/** Where face-api's alignment puts the five points: eyes at .28 and mouth at .73 of a square 1/.45 eye-mouth distances wide. */
const TEMPLATE = [
  ["0.30", "0.28"],
  ["0.70", "0.28"],
  ["0.50", "0.55"],
  ["0.33", "0.73"],
  ["0.67", "0.73"],
];

/** The judges: pretrained networks that never saw a drawn face, each with the input that its makers gave it. */
const JUDGES: (Network & { model: NetworkName })[] = [
  {
    name: "detector",
    model: "tiny-face-detector",
    source,
    input: { name: "image", width: 224, height: 224, layout: "NCHW", color: "RGB" },
    crop: { type: "None" },
    outputs: [{ name: "faces", tensors: ["grid"], role: "Boxes", decoder: "TinyYolo2", threshold: "0.5" }],
  },
  {
    name: "landmarks",
    model: "face-landmarks",
    source,
    input: { name: "image", width: 112, height: 112, layout: "NCHW", color: "RGB" },
    crop: { type: "BoundingBox" },
    outputs: [{ name: "points", tensors: ["landmarks"], role: "Landmarks", decoder: "Points68" }],
  },
  {
    name: "recognizer",
    model: "face-recognition",
    source,
    input: { name: "image", width: 150, height: 150, layout: "NCHW", color: "RGB" },
    crop: { type: "Points", template: TEMPLATE },
    outputs: [{ name: "identity", tensors: ["embedding"], role: "Embedding", metric: "L2", threshold: "0.45" }],
  },
  {
    name: "expression",
    model: "face-expression",
    source,
    input: { name: "image", width: 112, height: 112, layout: "NCHW", color: "RGB" },
    crop: { type: "BoundingBox" },
    outputs: [{ name: "expression", tensors: ["logits"], role: "Expression", labels: [...expressions] }],
  },
];

/** Opens the judging networks as one slot of the runtime, so that the drawings are judged by what a node runs. */
export async function openJudges(threads: number): Promise<Slot & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const networks = new Map<string, OpenNetwork>();
  for (const { model, ...network } of JUDGES) {
    const from: Source = sources[model];
    const content = Uint8Array.from(encodeModel(convert(model, from, await readWeights(from.weights))));
    const session = await onnxRuntime.open({ network: network.name, path: model, content }, threads);
    networks.set(network.name, new OpenNetwork(network, opened.use(session)));
  }
  const sessions = opened.move();
  const composition = compose(JUDGES);
  return { networks, composition, [Symbol.asyncDispose]: () => sessions.disposeAsync() };
}
