import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { drawView } from "../camera/draw-view.ts";
import { encodeJpeg } from "../camera/jpeg.ts";
import { drawFace } from "../face.ts";
import { drawIdentity } from "../identity/draw-identity.ts";
import { createRandom, deriveSeed } from "../random/random.ts";
import type { Person } from "../scene/script.ts";
import { type DatasetPlan, type Shot, shotsOf, type Subgroup } from "./plan.ts";

/** A line of metadata.jsonl, as Hugging Face image folders have it. */
export type Label = { file_name: string; identity: string; expression: string; subgroup: string };

/** How far the drawing of a set is. */
export type DatasetProgress = { drawn: number; pictures: number };

export type WriteOptions = {
  directory: string;
  signal?: AbortSignal;
  onProgress?: (progress: DatasetProgress) => void;
};

/**
 * Draws a labelled set as an image folder: `<identity>/<n>.jpg` and metadata.jsonl. The same plan writes the same
 * bytes. The directory must exist; use `storeDataset` for a set that is whole or not there.
 */
export async function writeDataset(plan: DatasetPlan, { directory, signal, onProgress }: WriteOptions): Promise<void> {
  const shots = shotsOf(plan);
  const labels: Label[] = [];
  for (const shot of shots) {
    signal?.throwIfAborted();
    const label = labelOf(plan, shot);
    const path = join(directory, label.file_name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await drawShot(plan, shot));
    labels.push(label);
    onProgress?.({ drawn: labels.length, pictures: shots.length });
  }
  await writeFile(join(directory, "metadata.jsonl"), labels.map((label) => `${JSON.stringify(label)}\n`).join(""));
}

async function drawShot(
  { size, nuisance, seed }: DatasetPlan,
  { person, number, felt, camera }: Shot,
): Promise<Buffer> {
  const shotSeed = deriveSeed(seed, person.seed, number);
  const random = createRandom(shotSeed);
  const view = drawView(random, size, { nuisance });
  const picture = drawFace({
    identity: drawIdentity(person.seed),
    expression: felt,
    view: camera.light === undefined ? view : { ...view, light: camera.light },
    sensor: camera.sensor,
    size,
    seed: shotSeed,
  });
  return encodeJpeg(picture);
}

function labelOf({ subgroup }: DatasetPlan, { person, number, felt, camera }: Shot): Label {
  return {
    file_name: `${person.id}/${String(number).padStart(2, "0")}.jpg`,
    identity: person.id,
    expression: felt.name,
    subgroup: SUBGROUPS[subgroup](person, camera.name),
  };
}

const SUBGROUPS: Record<Subgroup, (person: Person, camera: string) => string> = {
  tone: ({ seed }) => toneName(drawIdentity(seed).skin.tone),
  camera: (_, camera) => camera,
};

function toneName(tone: number): string {
  if (tone < 0.36) return "light";
  return tone < 0.68 ? "medium" : "dark";
}
