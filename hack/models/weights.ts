import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";

/** One array of weights, in the layout of the package (convolutions are height, width, in, out). */
export interface WeightArray {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The weights of one network by their names in its manifest. */
export type Weights = ReadonlyMap<string, WeightArray>;

const Entry = z.object({
  name: z.string(),
  shape: z.array(z.int().positive()),
  dtype: z.literal("float32"),
  quantization: z.object({ dtype: z.literal("uint8"), scale: z.number().positive(), min: z.number() }).optional(),
});
const Manifest = z.array(z.object({ weights: z.array(Entry), paths: z.array(z.string()).length(1) })).length(1);

/** The folder of the installed package that holds the weights. */
export const weightsFolder = (): string =>
  join(dirname(createRequire(import.meta.url).resolve("@vladmandic/face-api/package.json")), "model");

/**
 * Reads the weights of a network of `@vladmandic/face-api`: a manifest and one file of arrays in its order, each
 * of float32 or of bytes that stand for byte * scale + min.
 * Source: the tfjs weights manifest, https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts
 * @throws {Error} if the file is shorter or longer than its manifest says.
 */
export async function readWeights(network: string, folder: string = weightsFolder()): Promise<Weights> {
  const manifest = JSON.parse(await readFile(join(folder, `${network}-weights_manifest.json`), "utf8")) as unknown;
  const [group] = Manifest.parse(manifest);
  const bytes = await readFile(join(folder, group!.paths[0]!));
  const weights = new Map<string, WeightArray>();
  let position = 0;
  for (const entry of group!.weights) {
    const size = entry.shape.reduce((product, dim) => product * dim, 1);
    const end = position + size * (entry.quantization === undefined ? 4 : 1);
    if (end > bytes.length)
      throw new Error(`${group!.paths[0]!} ends before ${entry.name}: reinstall @vladmandic/face-api`);
    weights.set(entry.name, { shape: entry.shape, values: decode(bytes.subarray(position, end), entry.quantization) });
    position = end;
  }
  if (position !== bytes.length) throw new Error(`${group!.paths[0]!} has ${bytes.length - position} bytes too many`);
  return weights;
}

function decode(
  bytes: Uint8Array,
  quantization: { readonly scale: number; readonly min: number } | undefined,
): Float32Array {
  if (quantization === undefined) return new Float32Array(new Uint8Array(bytes).buffer);
  const { scale, min } = quantization;
  return Float32Array.from(bytes, (byte) => byte * scale + min);
}
