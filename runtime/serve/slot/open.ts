import { setTimeout as sleep } from "node:timers/promises";
import type { SlotRevision } from "../../../crds/enginebuild.ts";
import { DatasetError } from "../../dataset/dataset.ts";
import { EngineError } from "../../engine/errors.ts";
import type { Store } from "../../engine/store.ts";
import { compose } from "../../faces/composition.ts";
import { loadAnalyzer, type Analyzer } from "../../pipeline/analyzer.ts";
import type { MountedSecrets } from "../secrets.ts";
import { loadGallery, loadOlder } from "./enroll.ts";
import type { GallerySpec, LoadedGalleries, LoadedGallery } from "./galleries.ts";
import type { Slot } from "./holder.ts";

export interface OpenOptions {
  store: Store;
  secrets: MountedSecrets;
  signal: AbortSignal;
}

/** Milliseconds between two attempts at what a source or the disk may give later, and for all of them together. */
const [pause, patience] = [2_000, 30_000];

/**
 * Loads a revision's engines, verified and checked against their golden outputs, and embeds the galleries by them: only
 * then may it see a frame. A gallery whose pictures cannot be had keeps no node from working: the version that the disk
 * still has serves meanwhile, or none, with a message; whoever opened the slot refreshes it beside what runs.
 * @throws EngineError about the engines, AnalyzerFailed; the signal's reason.
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
      loaded.set(spec.name, await openAnyhow(spec, { revision, analyzer }, options));
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

async function openAnyhow(
  spec: GallerySpec,
  slot: Pick<Slot, "revision" | "analyzer">,
  options: OpenOptions,
): Promise<LoadedGallery> {
  const { store, secrets, signal } = options;
  const key = await secrets.galleryKey(spec.name);
  const older = "secret" in key ? await loadOlder(spec, { store, key, ...slot.revision }) : undefined;
  if (older !== undefined) return { ...older, message: `version ${spec.version} is embedded beside what runs` };
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      return await openGallery(spec, slot, options);
    } catch (error) {
      if (signal.aborted || !(error instanceof EngineError || error instanceof DatasetError)) throw error;
      if (error instanceof DatasetError || !error.retryable || performance.now() > deadline)
        return { name: spec.name, version: spec.version, people: 0, message: error.message };
      await sleep(pause, undefined, { signal });
    }
  }
}

async function dispose(analyzer: Analyzer): Promise<void> {
  await analyzer[Symbol.asyncDispose]();
}
