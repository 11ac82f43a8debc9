import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hardware } from "../../crds/enginebuild.ts";
import type { Network } from "../../crds/network.ts";
import { compose } from "../faces/composition.ts";
import type { BuildOptions, Choice, Session } from "./backend.ts";
import { digestOf } from "./digest.ts";
import { EngineError } from "./errors.ts";
import { goldenSeed, noise, recordGolden } from "./golden.ts";
import { manifestFile, type EngineFile, type Golden, type Manifest } from "./manifest.ts";
import { OpenNetwork, tensorsOf } from "./open-network.ts";

/** What engines are built from. */
export interface EngineRecipe {
  readonly key: string;
  readonly model: string;
  readonly revision: string;
  readonly networks: readonly Network[];
  readonly precision: BuildOptions["precision"];
  /** Revision of what reduced the models, if anything did. */
  readonly reducer?: number;
  readonly choice: Choice;
  readonly hardware: Hardware;
}

/** Where the files are and who watches. */
export interface BuildSteps {
  /** Local, verified ONNX file of each network, by name. */
  readonly models: ReadonlyMap<string, string>;
  /** Empty folder that becomes the engine directory. */
  readonly directory: string;
  readonly threads: number;
  readonly now: Date;
  readonly signal?: AbortSignal | undefined;
  readonly onBuilt?: ((engine: EngineFile) => void) | undefined;
}

/**
 * Largest difference between an engine and its model to the same noise, as a part of the model's own size: what
 * rounding and fusing may do. How much it matters to faces is for the gate to say (OutputParity).
 */
const agreement = 0.02;

/**
 * Builds an engine for each network, asks it the golden question, holds its answer against the unoptimized model's, and
 * writes the manifest last: a directory without one is unfinished.
 *
 * @throws EngineError ModelRefused, PrecisionUnsupported, GoldenMismatch; BadComposition.
 */
export async function buildEngines(recipe: EngineRecipe, steps: BuildSteps): Promise<Manifest> {
  compose(recipe.networks);
  const { backend, note } = recipe.choice;
  const engines: EngineFile[] = [];
  const golden: Golden[] = [];
  for (const network of recipe.networks) {
    steps.signal?.throwIfAborted();
    const built = await buildEngine(network, recipe, steps);
    engines.push(built.engine);
    golden.push(built.golden);
    steps.onBuilt?.(built.engine);
  }
  const manifest: Manifest = {
    format: 1,
    key: recipe.key,
    model: recipe.model,
    builtFor: recipe.revision,
    builtAt: steps.now.toISOString(),
    precision: recipe.precision,
    ...(recipe.reducer !== undefined && { reducer: recipe.reducer }),
    backend: { name: backend.name, version: backend.version, ...(note !== undefined && { note }) },
    networks: [...recipe.networks],
    engines,
    hardware: recipe.hardware,
    golden,
  };
  await writeFile(join(steps.directory, manifestFile), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return manifest;
}

async function buildEngine(
  network: Network,
  { precision, choice: { backend } }: EngineRecipe,
  { models, directory, threads, signal }: BuildSteps,
): Promise<{ engine: EngineFile; golden: Golden }> {
  const model = models.get(network.name)!;
  const original = { network: network.name, path: model, content: await read(model) };
  await using reference = await backend.openOriginal(original, threads);
  const expected = new OpenNetwork(network, reference);
  const file = await backend.build(model, { network: network.name, precision, directory, threads, signal });
  const path = join(directory, file);
  const content = await read(path);
  await using session: Session = await backend.open({ network: network.name, path, content }, threads);
  const built = new OpenNetwork(network, session);
  await requireAgreement(built, expected);
  const engine = { network: network.name, file, digest: digestOf(content), bytes: content.length };
  return { engine, golden: await recordGolden(built, goldenSeed) };
}

/** The engine must say what the model says; with another answer it was built wrong, whatever its speed. */
async function requireAgreement(built: OpenNetwork, expected: OpenNetwork): Promise<void> {
  const { network, format } = built;
  const pixels = noise(3 * format.width * format.height, goldenSeed);
  const tensors = tensorsOf(network);
  const [found, wanted] = [await built.lookAtPixels(pixels, tensors), await expected.lookAtPixels(pixels, tensors)];
  for (const [k, tensor] of tensors.entries()) {
    const off = relativeError(found[k]!.data, wanted[k]!.data);
    if (off <= agreement) continue;
    const part = `${(100 * off).toFixed(1)}% of its size, more than ${100 * agreement}%`;
    const message = `network ${network.name}: the engine's output ${tensor} differs from the model's by ${part}`;
    throw new EngineError("GoldenMismatch", message);
  }
}

/** Root mean square of the difference as a part of that of `wanted`; Infinity where sizes differ or numbers are not finite. */
function relativeError(found: Float32Array, wanted: Float32Array): number {
  if (found.length !== wanted.length) return Infinity;
  let [difference, size] = [0, 0];
  for (const [k, value] of wanted.entries()) {
    difference += (found[k]! - value) ** 2;
    size += value * value;
  }
  const error = Math.sqrt(difference / Math.max(size, 1e-12));
  return Number.isFinite(error) ? error : Infinity;
}

async function read(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readFile(path);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
