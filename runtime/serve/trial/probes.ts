import { readFile } from "node:fs/promises";
import { openDataset } from "../../dataset/open-dataset.ts";
import type { Store } from "../../engine/store.ts";
import type { RgbImage } from "../../faces/image.ts";
import { decodePicture } from "../../faces/picture.ts";
import type { GallerySpec } from "../slot/galleries.ts";
import type { Probe } from "./replay.ts";
import type { TrialSpec } from "./trial.ts";

/**
 * The labelled probes of a trial. Their labels are those of the gallery's pictures; an identity that the gallery does
 * not know is somebody who must not be recognized.
 * @throws EngineError, DatasetError
 */
export async function readProbes(
  { probes, gallery }: Pick<TrialSpec, "probes" | "gallery">,
  galleries: readonly GallerySpec[],
  store: Store,
  signal: AbortSignal,
): Promise<Probe[]> {
  if (probes === undefined) return [];
  const people = galleries.find(({ name }) => name === gallery)?.people;
  const idByLabel = people && new Map(people.map(({ id, label }) => [label ?? id, id]));
  const dataset = await openDataset(store, probes, { signal });
  return dataset.pictures.map(({ path, identity, expression }) => ({
    ...(idByLabel !== undefined && identity !== undefined && { person: idByLabel.get(identity) ?? null }),
    ...(expression !== undefined && { expression }),
    read: () => read(path),
  }));
}

async function read(path: string): Promise<RgbImage | undefined> {
  try {
    return await decodePicture(await readFile(path));
  } catch {
    return undefined;
  }
}
