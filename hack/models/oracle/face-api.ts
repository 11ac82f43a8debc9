import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import type { NetworkName } from "../networks.ts";
import { networks } from "../networks.ts";
import { weightsFolder } from "../weights.ts";

/** What the package's own JavaScript makes of a picture. */
export interface Oracle {
  /** Versions of the package and of the tfjs inside it. */
  readonly versions: Readonly<Record<string, string>>;
  /** The output of a network for a square RGB picture, row by row, channels last. */
  run(network: NetworkName, picture: Float32Array, side: number): Promise<Float32Array>;
}

interface Tensor {
  dataSync(): Float32Array;
}

interface Net {
  loadFromWeightMap(weights: unknown): void;
  forward(picture: Tensor, inputSize?: number): Promise<Tensor>;
  runNet(input: unknown): Tensor;
}

interface FaceApi {
  readonly version: string;
  readonly tf: {
    readonly version: { readonly "tfjs-core": string };
    readonly io: { decodeWeights(bytes: ArrayBuffer, specs: readonly unknown[]): unknown };
    setBackend(name: string): Promise<boolean>;
    tensor3d(values: Float32Array, shape: readonly number[]): Tensor;
  };
  readonly env: { setEnv(env: object): void };
  toNetInput(picture: Tensor): Promise<unknown>;
  readonly TinyFaceDetector: new () => Net;
  readonly FaceLandmark68Net: new () => Net;
  readonly FaceExpressionNet: new () => Net;
  readonly FaceRecognitionNet: new () => Net;
}

interface Usage {
  readonly create: (api: FaceApi) => Net;
  readonly run: (net: Net, picture: Tensor, side: number, api: FaceApi) => Promise<Tensor>;
}

const nets: Readonly<Record<NetworkName, Usage>> = {
  "tiny-face-detector": {
    create: (api) => new api.TinyFaceDetector(),
    run: (net, picture, side) => net.forward(picture, side),
  },
  "face-landmarks": { create: (api) => new api.FaceLandmark68Net(), run: (net, picture) => net.forward(picture) },
  // forward() adds a softmax; the network as converted ends before it.
  "face-expression": {
    create: (api) => new api.FaceExpressionNet(),
    run: async (net, picture, _, api) => net.runNet(await api.toNetInput(picture)),
  },
  "face-recognition": { create: (api) => new api.FaceRecognitionNet(), run: (net, picture) => net.forward(picture) },
};

/**
 * Loads the package's browser bundle, which holds tfjs and its pure JavaScript backend, in a context of its own
 * that looks like a web worker: the bundles for Node want tfjs-node, which is not installed.
 */
export async function loadOracle(): Promise<Oracle> {
  const packaged = createRequire(import.meta.url);
  const code = await readFile(packaged.resolve("@vladmandic/face-api/dist/face-api.js"), "utf8");
  const { version } = packaged("@vladmandic/face-api/package.json") as { version: string };
  const api = runInContext(`${code};faceapi`, workerContext()) as FaceApi;
  api.env.setEnv(noDocument);
  if (!(await api.tf.setBackend("cpu")))
    throw new Error("tfjs has no cpu backend in this version of @vladmandic/face-api");
  return {
    versions: { "@vladmandic/face-api": version, "tfjs-core": api.tf.version["tfjs-core"] },
    run: async (network, picture, side) => {
      const { create, run } = nets[network];
      const net = create(api);
      net.loadFromWeightMap(await weightMap(api, networks[network].weights));
      const output = await run(net, api.tf.tensor3d(picture, [side, side, 3]), side, api);
      return output.dataSync();
    },
  };
}

async function weightMap(api: FaceApi, network: string): Promise<unknown> {
  const path = join(weightsFolder(), network);
  const manifest = JSON.parse(await readFile(`${path}-weights_manifest.json`, "utf8")) as { weights: unknown[] }[];
  const bytes = new Uint8Array(await readFile(`${path}.bin`));
  return api.tf.io.decodeWeights(bytes.buffer, manifest[0]!.weights);
}

function workerContext(): object {
  const scope: { self?: object; [name: string]: unknown } = {
    ArrayBuffer,
    Float32Array,
    Int32Array,
    Uint16Array,
    Uint8Array,
    TextDecoder,
    TextEncoder,
    WorkerGlobalScope: Absent,
    atob,
    btoa,
    clearTimeout,
    console: { ...console, warn: () => undefined },
    fetch: () => Promise.reject(new Error("the oracle reads files only")),
    navigator: { userAgent: "" },
    performance,
    setTimeout,
  };
  scope.self = scope;
  return createContext(scope);
}

/** Stands for a class of the browser that no value here is an instance of. */
const Absent = function Absent() {
  throw new Error("the oracle has no document");
};

const noDocument = {
  Canvas: Absent,
  CanvasRenderingContext2D: Absent,
  Image: Absent,
  ImageData: Absent,
  Video: Absent,
};
