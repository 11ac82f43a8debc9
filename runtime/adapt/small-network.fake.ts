import { readFile } from "node:fs/promises";
import { apply, constant, input, type Constant, type Value } from "../graph/expression.ts";
import { modelOf, type Model } from "../graph/graph.ts";
import { add, conv, relu, spatialMean } from "../graph/operators.ts";
import { tensor } from "../graph/tensor.ts";
import type { Data } from "./evaluator.ts";

/** Fifty steps as PyTorch takes them. */
interface Trajectories {
  readonly tent: { readonly losses: readonly number[]; readonly errors: number };
  readonly eata: {
    readonly losses: readonly number[];
    readonly kept: readonly number[];
    readonly errors: number;
    readonly moved: Readonly<Record<string, readonly number[]>>;
  };
}

/** What oracle/trajectories.py found with PyTorch. */
export interface Oracle extends Trajectories {
  readonly weights: Readonly<Record<string, { readonly dims: readonly number[]; readonly base64: string }>>;
  readonly sourceErrors: number;
  /** From the network with its normalizations folded and put back. */
  readonly restored: Trajectories;
}

export const readOracle = async (): Promise<Oracle> =>
  JSON.parse(await readFile(`${import.meta.dirname}/oracle/trajectories.json`, "utf8")) as Oracle;

export const [classes, side, batchSize, steps] = [6, 12, 32, 50];

// In a test's realm each look at a global is slow.
const { floor, imul } = Math;

/** Numbers between -1 and 1 that are the same at every run, and those of the oracle. */
export function noise(count: number, seed: number): Float64Array {
  let state = seed;
  return new Float64Array(count).map(() => {
    state = (imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const patterns = noise(classes * 48, 1);

/** Pictures as the oracle draws them, and the class of each. */
export function draw(
  count: number,
  seed: number,
  { contrast = 1, grain = 1.2 } = {},
): { data: Data; labels: number[] } {
  const labels = Array.from({ length: count }, (_, index) => (index * 5 + seed) % classes);
  const grains = noise(count * 3 * side * side, seed);
  const values = Float32Array.from(grains, (value, place) => {
    const [column, row] = [place % side, floor(place / side) % side];
    const [channel, picture] = [floor(place / side ** 2) % 3, floor(place / (3 * side ** 2))];
    const cell = (labels[picture]! * 3 + channel) * 16 + floor(row / 3) * 4 + floor(column / 3);
    return contrast * patterns[cell]! + grain * value;
  });
  return { data: { dims: [count, 3, side, side], values }, labels };
}

/** A batch of the stream that is adapted to: paler and grainier than the network was trained on. */
export const shifted = (step: number): { data: Data; labels: number[] } =>
  draw(batchSize, 1000 + step, { contrast: 0.45, grain: 1.6 });

/** The network that the oracle trained: three convolutions with BatchNormalization, one shortcut. */
export function smallNetwork({ weights }: Oracle, opset = 17): Model {
  const parameter = (name: string): Constant => {
    const { dims, base64 } = weights[name]!;
    return constant(
      tensor(name, "float32", dims, new Float32Array(Uint8Array.from(Buffer.from(base64, "base64")).buffer)),
    );
  };
  const block = (x: Value, index: number, stride: number): Value =>
    apply("BatchNormalization", [
      conv(x, parameter(`conv${index}.weight`), undefined, { stride, border: [1, 1, 1, 1] }),
      ...["weight", "bias", "running_mean", "running_var"].map((kind) => parameter(`bn${index}.${kind}`)),
    ]);
  const image = input("image", "float32", ["N", 3, side, side]);
  const first = relu(block(image, 1, 1));
  const second = relu(block(first, 2, 2));
  const third = relu(add(block(second, 3, 1), second));
  const logits = apply("Gemm", [spatialMean(third), parameter("fc.weight"), parameter("fc.bias")], { transB: 1 });
  const outputs = [{ name: "logits", value: logits, type: "float32" }] as const;
  return modelOf({ name: "small", inputs: [image], outputs }, { opset, irVersion: 8, producer: "facefleet" });
}

/** How many rows of logits have their largest value elsewhere than at the label. */
export function countErrors(logits: Float32Array, labels: readonly number[]): number {
  return labels.filter((label, row) => {
    const values = logits.subarray(row * classes, (row + 1) * classes);
    return values.indexOf(Math.max(...values)) !== label;
  }).length;
}
