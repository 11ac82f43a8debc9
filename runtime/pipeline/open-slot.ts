import type { Backend } from "../engine/backend.ts";
import { EngineError } from "../engine/errors.ts";
import { verifyGolden } from "../engine/golden.ts";
import { loadEngines } from "../engine/load.ts";
import type { Manifest } from "../engine/manifest.ts";
import { onnxRuntime } from "../engine/onnxruntime.ts";
import { OpenNetwork } from "../engine/open-network.ts";
import { compose } from "../faces/composition.ts";
import type { Slot } from "./look.ts";

/** Backends of this build by the name that a manifest holds. */
const backends: Partial<Record<Manifest["backend"]["name"], Backend>> = { ONNXRuntime: onnxRuntime };

/** A slot whose engines are open. */
export interface OpenSlot extends Slot, AsyncDisposable {
  readonly manifest: Manifest;
}

/**
 * Opens all engines of a directory: each file verified against the manifest, each network asked the golden question,
 * which warms it up as well. Nothing stays open when one of them fails.
 *
 * @throws EngineError; BadComposition when the networks do not make a whole.
 */
export async function openSlot(directory: string, threads: number): Promise<OpenSlot> {
  const { manifest, engines } = await loadEngines(directory);
  const composition = compose(manifest.networks);
  const backend = backends[manifest.backend.name];
  if (backend === undefined) {
    const problem = `engines ${manifest.key} are for backend ${manifest.backend.name}, which this build has not`;
    throw new EngineError("BackendUnavailable", `${problem}: build them on this node again`);
  }
  await using opened = new AsyncDisposableStack();
  const networks = new Map<string, OpenNetwork>();
  for (const engine of engines) {
    const network = manifest.networks.find(({ name }) => name === engine.network);
    const golden = manifest.golden.find(({ network: name }) => name === engine.network);
    if (network === undefined || golden === undefined) throw incomplete(manifest.key, engine.network);
    const open = new OpenNetwork(network, opened.use(await backend.open(engine, threads)));
    await verifyGolden(open, golden);
    networks.set(network.name, open);
  }
  const missing = manifest.networks.find(({ name }) => !networks.has(name));
  if (missing !== undefined) throw incomplete(manifest.key, missing.name);
  const sessions = opened.move();
  return { manifest, composition, networks, [Symbol.asyncDispose]: () => sessions.disposeAsync() };
}

function incomplete(key: string, network: string): EngineError {
  return new EngineError("EngineCorrupted", `the manifest of engines ${key} does not tell all of network ${network}`);
}
