import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { blankImage, type RgbImage } from "../../../../runtime/faces/image.ts";
import { primaryFace } from "../../../../runtime/faces/primary-face.ts";
import { Sampler } from "../../../../runtime/faces/sample.ts";
import { lookAt } from "../../../../runtime/pipeline/look.ts";
import { openJudges } from "../../../people/judge/networks.ts";
import type { Portrait } from "./faces.ts";

/** Each pixel becomes two by two: the pictures are small for a detector. */
const enlarged = 2;

/**
 * Photographs from a folder of people, each a folder of grey PGM files (the AT&T set is laid out so), in which the
 * detector finds a face. They are measured on and never kept.
 */
export async function readPhotographs(folder: string, signal: AbortSignal): Promise<readonly Portrait[]> {
  await using slot = await openJudges(1);
  const portraits: Portrait[] = [];
  const files = await Array.fromAsync(filesOf(folder));
  for (const { person, path } of files) {
    signal.throwIfAborted();
    const image = enlarge(readGreymap(await readFile(path), path));
    const face = primaryFace(await lookAt(slot, image, { identity: true, expression: false }));
    if (face?.points !== undefined) portraits.push({ person, image, points: face.points, box: face.box });
  }
  return portraits;
}

async function* filesOf(folder: string): AsyncGenerator<{ readonly person: string; readonly path: string }> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const { name: person } of entries.filter((entry) => entry.isDirectory()))
    for (const file of (await readdir(join(folder, person))).sort())
      if (file.endsWith(".pgm")) yield { person, path: join(folder, person, file) };
}

/** A binary PGM of one byte a pixel. Source: https://netpbm.sourceforge.net/doc/pgm.html */
function readGreymap(bytes: Uint8Array, path: string): RgbImage {
  const header = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(new TextDecoder("latin1").decode(bytes.subarray(0, 64)));
  if (header === null) throw new Error(`${path}: no binary PGM of 8 bits`);
  const image = blankImage(Number(header[1]), Number(header[2]));
  const grey = bytes.subarray(header[0].length, header[0].length + image.width * image.height);
  for (const [i, value] of grey.entries()) image.data.fill(value, 3 * i, 3 * i + 3);
  return image;
}

function enlarge(image: RgbImage): RgbImage {
  const [width, height] = [image.width * enlarged, image.height * enlarged];
  const sampler = new Sampler(width, height);
  const larger = blankImage(width, height);
  larger.data.set(sampler.sample(image, { a: 1 / enlarged, b: 0, x: 0, y: 0 }));
  return larger;
}
