import type { SlotRevision } from "../../../crds/enginebuild.ts";
import type { Store } from "../../engine/store.ts";
import { loadAnalyzer } from "../../pipeline/analyzer.ts";
import type { MountedSecrets } from "../secrets.ts";
import { loadGallery } from "./enroll.ts";
import type { GallerySpec, LoadedGalleries } from "./galleries.ts";
import type { Slot } from "./holder.ts";

export interface OpenOptions {
  store: Store;
  secrets: MountedSecrets;
}

/**
 * Loads a revision's engines, verified and checked against their golden outputs, and embeds the galleries by them: only
 * then may it see a frame.
 * @throws EngineError, AnalyzerFailed, DatasetError; the signal's reason.
 */
export async function openSlot(
  revision: SlotRevision,
  galleries: readonly GallerySpec[],
  { store, secrets }: OpenOptions,
  signal: AbortSignal,
): Promise<Slot> {
  const directory = store.engineDirectory(revision.engineKey);
  await store.markUsed(directory).catch(() => undefined);
  const analyzer = await loadAnalyzer(directory, { signal });
  try {
    const slot = {
      revision,
      analyzer,
      galleries: new Map(),
      [Symbol.asyncDispose]: () => analyzer[Symbol.asyncDispose](),
    };
    return { ...slot, galleries: await loadGalleries(slot, galleries, { store, secrets }, signal) };
  } catch (error) {
    await analyzer[Symbol.asyncDispose]();
    throw error;
  }
}

/** The galleries of a slot as they should be; those that are loaded in the right version already are kept. */
export async function loadGalleries(
  { revision: { engineKey }, analyzer, galleries: loaded }: Slot,
  galleries: readonly GallerySpec[],
  { store, secrets }: OpenOptions,
  signal?: AbortSignal,
): Promise<LoadedGalleries> {
  const result: LoadedGalleries = new Map();
  for (const spec of galleries) {
    const before = loaded.get(spec.name);
    if (before?.version === spec.version && before.gallery !== undefined) {
      result.set(spec.name, before);
      continue;
    }
    const key = await secrets.galleryKey(spec.name).catch((error: unknown) => error as Error);
    if (key instanceof Error)
      result.set(spec.name, { name: spec.name, version: spec.version, people: 0, message: key.message });
    else result.set(spec.name, await loadGallery(spec, { store, key, analyzer, engineKey, ...(signal && { signal }) }));
  }
  return result;
}
