import { setTimeout as sleep } from "node:timers/promises";
import type { SlotRevision } from "../../../crds/enginebuild.ts";
import { EngineError } from "../../engine/errors.ts";
import type { Store } from "../../engine/store.ts";
import { compose } from "../../faces/composition.ts";
import { loadAnalyzer, type Analyzer } from "../../pipeline/analyzer.ts";
import type { MountedSecrets } from "../secrets.ts";
import { loadGallery } from "./enroll.ts";
import type { GallerySpec, LoadedGalleries, LoadedGallery } from "./galleries.ts";
import type { Slot } from "./holder.ts";

export interface OpenOptions {
  store: Store;
  secrets: MountedSecrets;
  signal: AbortSignal;
}

/** Milliseconds between two attempts at what a source or the disk may give later. */
const patience = 2_000;

/**
 * Loads a revision's engines, verified and checked against their golden outputs, and embeds the galleries by them: only
 * then may it see a frame. What may succeed later is tried until the signal aborts.
 * @throws EngineError, AnalyzerFailed, DatasetError; the signal's reason.
 */
export async function openSlot(
  revision: SlotRevision,
  galleries: readonly GallerySpec[],
  options: OpenOptions,
): Promise<Slot> {
  const { store, signal } = options;
  const directory = store.engineDirectory(revision.engineKey);
  const analyzer = await loadAnalyzer(directory, { signal });
  try {
    await store.markUsed(directory);
    const loaded: LoadedGalleries = new Map();
    for (const spec of galleries) {
      loaded.set(spec.name, await persist(() => openGallery(spec, { revision, analyzer }, options), signal));
    }
    const { embedding } = compose(analyzer.manifest.networks);
    return { revision, analyzer, embedding, galleries: loaded, [Symbol.asyncDispose]: () => dispose(analyzer) };
  } catch (error) {
    await dispose(analyzer);
    throw error;
  }
}

/**
 * A gallery embedded by a slot's engines. A missing or wrong key is a message: what does not need the gallery should go
 * on.
 * @throws as `loadGallery`.
 */
export async function openGallery(
  spec: GallerySpec,
  { revision, analyzer }: Pick<Slot, "revision" | "analyzer">,
  { store, secrets, signal }: OpenOptions,
): Promise<LoadedGallery> {
  const key = await secrets.galleryKey(spec.name);
  if ("secret" in key) return loadGallery(spec, { store, key, analyzer, engineKey: revision.engineKey, signal });
  return { name: spec.name, version: spec.version, people: 0, message: key.problem };
}

async function persist<Result>(attempt: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof EngineError && error.retryable) || signal.aborted) throw error;
      await sleep(patience, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}

async function dispose(analyzer: Analyzer): Promise<void> {
  await analyzer[Symbol.asyncDispose]();
}
