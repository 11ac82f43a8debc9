import { join } from "node:path";
import { decodeModel } from "../../runtime/graph/codec/decode.ts";
import { encodeModel, encodeModelPieces } from "../../runtime/graph/codec/encode.ts";
import type { ModelProto } from "../../runtime/graph/codec/types.ts";
import { cacheDirectory } from "../cluster/cache.ts";
import { digestOf, writeAtomically, type Digest } from "./atomic-write.ts";
import { convert } from "./convert.ts";
import { digestOfFile, hashOfSources, readIndex, writeIndex } from "./model-index.ts";
import { networks, type Network, type NetworkName } from "./networks.ts";
import { recipes, type ModelName, type Recipe } from "./recipes.ts";
import { readWeights } from "./weights.ts";

/** A model on disk. */
export interface BuiltModel {
  /** Of the .onnx file; absolute if the folder is. */
  readonly path: string;
  readonly digest: Digest;
  readonly bytes: number;
}

/** Every model of `recipes`, on disk. */
export type BuiltModels = Readonly<Record<ModelName, BuiltModel>>;

/** A model that is there now. */
export interface BuildProgress {
  readonly name: ModelName;
  readonly model: BuiltModel;
  /** Models that are there, and how many there will be. */
  readonly done: number;
  readonly total: number;
}

/** Where the files go (a folder of the cache named after what they are made from), and who watches. */
export interface BuildOptions {
  readonly directory?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
}

const names = Object.keys(recipes) as ModelName[];

/**
 * Writes all models, each file whole or not at all, and `index.json` last. Where the index names the same sources
 * and the files still have its digests, nothing is written. The same sources and weights give the same bytes.
 * @throws the signal's reason when it aborts, before the next model.
 */
export async function buildModels({ directory, signal, onProgress }: BuildOptions = {}): Promise<BuiltModels> {
  const sources = await hashOfSources();
  const folder = directory ?? join(cacheDirectory(), "models", sources.slice(0, 16));
  const known = await readIndex(folder, sources);
  const converted = new Map<NetworkName, Promise<ModelProto>>();
  const built = new Map<ModelName, BuiltModel>();
  for (const name of names) {
    signal?.throwIfAborted();
    const path = join(folder, `${name}.onnx`);
    const found = known[name] === undefined ? undefined : await digestOfFile(path);
    const model = found?.digest === known[name] ? found : undefined;
    built.set(name, { path, ...(model ?? (await build(path, recipes[name], converted, signal))) });
    onProgress?.({ name, model: built.get(name)!, done: built.size, total: names.length });
  }
  const digests = Object.fromEntries([...built].map(([name, { digest }]) => [name, digest]));
  if (names.some((name) => known[name] !== digests[name])) await writeIndex(folder, sources, digests);
  return Object.fromEntries(built) as BuiltModels;
}

async function build(
  path: string,
  recipe: Recipe,
  converted: Map<NetworkName, Promise<ModelProto>>,
  signal: AbortSignal | undefined,
): Promise<{ readonly digest: Digest; readonly bytes: number }> {
  if (!converted.has(recipe.network)) converted.set(recipe.network, convertNetwork(recipe.network));
  const model = await converted.get(recipe.network)!;
  const pieces = encodeModelPieces(recipe.change?.(model) ?? model);
  await writeAtomically(path, pieces, signal);
  return { digest: digestOf(pieces), bytes: pieces.reduce((sum, piece) => sum + piece.length, 0) };
}

/** A network of the package as ONNX. */
export async function convertNetwork(name: NetworkName): Promise<ModelProto> {
  const network: Network = networks[name];
  return decodeModel(encodeModel(convert(name, network, await readWeights(network.weights))));
}
