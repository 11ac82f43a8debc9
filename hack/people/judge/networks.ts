import { readFile } from "node:fs/promises";
import type { Network } from "../../../crds/network.ts";
import { onnxRuntime } from "../../../runtime/engine/onnxruntime.ts";
import { OpenNetwork } from "../../../runtime/engine/open-network.ts";
import { compose } from "../../../runtime/faces/composition.ts";
import type { Slot } from "../../../runtime/pipeline/look.ts";
import { buildModels } from "../../models/build-models.ts";
import type { NetworkName } from "../../models/networks.ts";
import { expressions } from "../expression/expression.ts";

/** Where the eyes, the nose and the corners of the mouth come to lie in a crop (hack/models/README.md). */
const TEMPLATE = [
  ["0.2987", "0.2917"],
  ["0.6868", "0.2917"],
  ["0.4928", "0.5115"],
  ["0.3197", "0.7055"],
  ["0.6658", "0.7055"],
];

/** The judges: pretrained networks that never saw a drawn face, asked as the quickstart asks them. */
const JUDGES: (Omit<Network, "source"> & { model: NetworkName })[] = [
  {
    name: "detector",
    model: "tiny-face-detector",
    input: { name: "image", width: 224, height: 224, layout: "NCHW", color: "RGB" },
    crop: { type: "None" },
    outputs: [{ name: "faces", tensors: ["grid"], role: "Boxes", decoder: "TinyYolo2", threshold: "0.3" }],
  },
  {
    name: "landmarks",
    model: "face-landmarks",
    input: { name: "image", width: 112, height: 112, layout: "NCHW", color: "RGB" },
    crop: { type: "BoundingBox" },
    outputs: [{ name: "points", tensors: ["landmarks"], role: "Landmarks", decoder: "Points68" }],
  },
  {
    name: "recognizer",
    model: "face-recognition",
    input: { name: "image", width: 150, height: 150, layout: "NCHW", color: "RGB" },
    crop: { type: "Points", template: TEMPLATE },
    outputs: [{ name: "identity", tensors: ["embedding"], role: "Embedding", metric: "L2", threshold: "0.45" }],
  },
  {
    name: "expression",
    model: "face-expression",
    input: { name: "image", width: 112, height: 112, layout: "NCHW", color: "RGB" },
    crop: { type: "Points", template: TEMPLATE },
    outputs: [{ name: "expression", tensors: ["logits"], role: "Expression", labels: [...expressions] }],
  },
];

/** Opens the judging networks as one slot of the runtime, so that the drawings are judged by what a node runs. */
export async function openJudges(threads: number): Promise<Slot & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const models = await buildModels();
  const networks: Network[] = [];
  const open = new Map<string, OpenNetwork>();
  for (const { model, ...judge } of JUDGES) {
    const { path, digest } = models[model];
    const network = { ...judge, source: { uri: `file://${path}`, digest } };
    const content = Uint8Array.from(await readFile(path));
    const session = opened.use(await onnxRuntime.open({ network: network.name, path, content }, threads));
    networks.push(network);
    open.set(network.name, new OpenNetwork(network, session));
  }
  const composition = compose(networks);
  const sessions = opened.move();
  return { networks: open, composition, [Symbol.asyncDispose]: () => sessions.disposeAsync() };
}
