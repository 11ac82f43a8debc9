import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ensureFolder } from "../store/drawn-folder.ts";
import { drawingKey } from "../store/renderer-version.ts";
import { describePacked, packDataset, type Packed } from "./pack-dataset.ts";
import type { DatasetPlan } from "./plan.ts";
import { type DatasetProgress, writeDataset } from "./write-dataset.ts";

/** A set in the cache: its pictures as a directory, and packed. */
export type StoredDataset = Packed & { directory: string };

export type DatasetStoreOptions = {
  /** The cache folder of the project; sets lie below `people/datasets`. */
  cache: string;
  signal?: AbortSignal;
  onProgress?: (progress: DatasetProgress) => void;
};

/** Draws and packs a set unless the cache has it. */
export async function storeDataset(
  plan: DatasetPlan,
  { cache, ...options }: DatasetStoreOptions,
): Promise<StoredDataset> {
  const folder = join(cache, "people", "datasets", await drawingKey(plan));
  const fill = async (partial: string): Promise<void> => {
    const directory = join(partial, "pictures");
    await mkdir(directory);
    await writeDataset(plan, { directory, ...options });
    await packDataset(directory);
  };
  await ensureFolder(folder, fill, options.signal);
  return { directory: join(folder, "pictures"), ...(await describePacked(join(folder, "pictures.tar"))) };
}
