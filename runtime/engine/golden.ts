import type { Tensor } from "../faces/decode/tensor.ts";
import { EngineError } from "./errors.ts";
import type { Golden, GoldenTensor } from "./manifest.ts";
import { tensorsOf, type OpenNetwork } from "./open-network.ts";

/** The seed of the noise that engines are asked about. */
export const goldenSeed = 20240229;

const mostValues = 64;
/** Largest difference that a load tolerates, in units of the tensor's root mean square: rounding in another order. */
const tolerance = 1e-3;

/** What a network says to a picture of noise. */
export async function recordGolden(open: OpenNetwork, seed: number): Promise<Golden> {
  const tensors = tensorsOf(open.network);
  const outputs = await open.lookAtPixels(noise(3 * open.format.width * open.format.height, seed), tensors);
  return { network: open.network.name, seed, outputs: outputs.map((output, k) => summarize(tensors[k]!, output)) };
}

/**
 * Asks a network again what it was asked after it was built.
 * @throws EngineError GoldenMismatch when it says something else: another library, a broken processor, a stale file.
 */
export async function verifyGolden(open: OpenNetwork, golden: Golden): Promise<void> {
  const found = await recordGolden(open, golden.seed);
  const problem = differenceOf(golden, found);
  if (problem === undefined) return;
  throw new EngineError(
    "GoldenMismatch",
    `network ${golden.network} does not say what it said when it was built: ${problem}; build its engine again`,
  );
}

/** The first tensor in which two records differ by more than the tolerance, in words; undefined when none does. */
export function differenceOf(expected: Golden, found: Golden): string | undefined {
  for (const [k, golden] of expected.outputs.entries()) {
    const other = found.outputs[k];
    if (other?.tensor !== golden.tensor || other.dims.join() !== golden.dims.join()) {
      return `output ${golden.tensor} was [${golden.dims.join(", ")}] and is [${other?.dims.join(", ") ?? ""}]`;
    }
    const worst = golden.values.reduce((most, value, at) => {
      const difference = Math.abs(value - other.values[at]!);
      return Number.isNaN(difference) ? Infinity : Math.max(most, difference);
    }, 0);
    if (worst > tolerance * golden.rms + 1e-6) {
      return `output ${golden.tensor} is off by ${worst.toPrecision(3)} at a scale of ${golden.rms.toPrecision(3)}`;
    }
  }
  return undefined;
}

function summarize(tensor: string, { dims, data }: Tensor): GoldenTensor {
  const stride = Math.max(1, Math.ceil(data.length / mostValues));
  const values = Array.from({ length: Math.ceil(data.length / stride) }, (_, k) => data[k * stride]!);
  if (!data.every(Number.isFinite)) {
    throw new EngineError("ModelRefused", `output ${tensor} holds numbers that are not finite for a picture of noise`);
  }
  const rms = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / Math.max(1, data.length));
  return { tensor, dims: [...dims], rms, stride, values };
}

/** Numbers from 0 to 255, the same for the same seed. Source: Steele and Vigna's mulberry32. */
export function noise(length: number, seed: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length }, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return 255 * (((t ^ (t >>> 14)) >>> 0) / 4294967296);
  });
}
