import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Network } from "../../crds/network.ts";
import { modelOf } from "../graph/graph.ts";
import { encodeModel } from "../graph/codec/encode.ts";
import { apply, constant, input, type Result } from "../graph/expression.ts";
import { linear, spatialMean } from "../graph/operators.ts";
import { tensor } from "../graph/tensor.ts";
import { writeModel } from "../graph/write.ts";
import { buildEngines, type EngineRecipe } from "./build-engines.ts";
import { digestOf } from "./digest.ts";
import type { Manifest } from "./manifest.ts";
import { onnxRuntime } from "./onnxruntime.ts";

/**
 * Networks for tests that stand in for trained ones: each looks at nothing but the mean color of its crop, so that a test
 * knows what it must say. All take RGB from 0 to 255 in 32 by 32 pixels.
 *
 * - The detector finds one face, the middle half of the picture, when the mean red is above 100.
 * - The embedding is the mean color.
 * - The expression is "red", "green" or "blue", whichever is strongest.
 */
export const side = 32;

/** The part of a picture that the detector takes for the face. */
const faceBox = { x: 8, y: 8, width: 16, height: 16 };

const [wide, high] = [1.603231 * side, 2.094468 * side];
const never = -1000;

/** Logits of one cell with five anchors, of which only the first ever fires. */
function detector(): Uint8Array {
  const bias = new Float32Array(25).fill(0).map((_, k) => (k % 5 === 4 ? never : 0));
  bias.set([0, 0, Math.log(faceBox.width / wide), Math.log(faceBox.height / high), -100]);
  const weights = new Float32Array(75);
  weights[4] = 1;
  return model(
    (color) => {
      const shape = constant(tensor("shape", "int64", [4], BigInt64Array.from([1n, 1n, 1n, 25n])));
      return apply("Reshape", [affine(color, weights, bias), shape]);
    },
    [1, 1, 1, 25],
  );
}

/** @param scale 1 for the mean color itself; anything else for a model that differs from it */
function embedding(scale: number): Uint8Array {
  return model((color) => affine(color, diagonal(scale), new Float32Array(3)), [1, 3]);
}

function expression(): Uint8Array {
  return model((color) => affine(color, diagonal(0.1), new Float32Array(3)), [1, 3]);
}

function model(build: (color: Result) => Result, dims: readonly number[]): Uint8Array {
  const image = input("image", "float32", [1, 3, side, side]);
  const value = build(spatialMean(image));
  const graph = { name: "tiny", inputs: [image], outputs: [{ name: "out", value, type: "float32", dims }] } as const;
  return encodeModel(writeModel(modelOf(graph, { opset: 17, irVersion: 8, producer: "facefleet" })));
}

function affine(color: Result, weights: Float32Array, bias: Float32Array): Result {
  const columns = bias.length;
  const weight = constant(tensor("weights", "float32", [3, columns], weights));
  return linear(color, weight, constant(tensor("bias", "float32", [columns], bias)));
}

function diagonal(value: number): Float32Array {
  return Float32Array.of(value, 0, 0, 0, value, 0, 0, 0, value);
}

/** The networks as a FaceModel says them, and their files. */
export interface TinyModels {
  readonly networks: Network[];
  /** Local file of each network. */
  readonly models: ReadonlyMap<string, string>;
}

/** Writes the models below `folder`. */
export async function writeTinyModels(folder: string, { scale = 1 } = {}): Promise<TinyModels> {
  const output = (role: object) => [{ name: "out", tensors: ["out"], ...role }];
  const parts = [
    ["detector", detector(), { type: "None" }, output({ role: "Boxes", decoder: "TinyYolo2", threshold: "0.5" })],
    [
      "recognizer",
      embedding(scale),
      { type: "BoundingBox" },
      output({ role: "Embedding", metric: "L2", threshold: "4" }),
    ],
    [
      "expression",
      expression(),
      { type: "BoundingBox" },
      output({ role: "Expression", labels: ["red", "green", "blue"] }),
    ],
  ] as const;
  await mkdir(folder, { recursive: true });
  const models = new Map<string, string>();
  const networks: Network[] = [];
  for (const [name, bytes, crop, outputs] of parts) {
    const path = join(folder, `${name}.onnx`);
    await writeFile(path, bytes);
    models.set(name, path);
    const source = { uri: `file://${path}`, digest: digestOf(bytes) };
    networks.push(Network.parse({ name, source, input: { name: "image", width: side, height: side }, crop, outputs }));
  }
  return { networks, models };
}

/** Builds the tiny networks' engines into `directory`, which is made. Models are written beside it. */
export async function buildTinyEngines(directory: string, changes: Partial<EngineRecipe> = {}): Promise<Manifest> {
  const { networks, models } = await writeTinyModels(`${directory}-models`);
  await mkdir(directory, { recursive: true });
  const recipe: EngineRecipe = {
    key: "tiny",
    model: "tiny",
    revision: "r1",
    networks,
    precision: "FP32",
    choice: { backend: onnxRuntime },
    hardware: { architecture: "x64" },
    ...changes,
  };
  return buildEngines(recipe, { models, directory, threads: 1, now: new Date(0) });
}
