import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { blankImage, type RgbImage } from "../../../../runtime/faces/image.ts";
import { decodePicture } from "../../../../runtime/faces/picture.ts";
import { primaryFace } from "../../../../runtime/faces/primary-face.ts";
import { lookAt } from "../../../../runtime/pipeline/look.ts";
import { messageOf } from "../../../cluster/errors.ts";
import { openJudges } from "../../../people/judge/networks.ts";
import type { Portrait } from "./faces.ts";
import { decodeGreymap } from "./greymap.ts";

const decoders: Readonly<Record<string, (bytes: Uint8Array) => RgbImage | Promise<RgbImage>>> = {
  ".pgm": decodeGreymap,
  ".jpg": decodePicture,
  ".jpeg": decodePicture,
  ".png": decodePicture,
  ".webp": decodePicture,
};

/** Black around a picture, as part of its width: the detector misses a third of the faces that fill a picture. */
const margin = 0.5;

/**
 * Photographs of faces from a folder with a folder for each person (JPEG, PNG, WebP or PGM; the AT&T set is laid out
 * so): those in which the detector finds a face. They are measured on and never kept.
 * @throws {Error} naming the file that cannot be read, or what the folder lacks.
 */
export async function readPhotographs(folder: string, signal: AbortSignal): Promise<readonly Portrait[]> {
  await using slot = await openJudges(1);
  const portraits: Portrait[] = [];
  for await (const { person, path } of photographsIn(folder)) {
    signal.throwIfAborted();
    const image = framed(await readPhotograph(path));
    const face = primaryFace(await lookAt(slot, image, { identity: true, expression: false }));
    if (face?.points !== undefined) portraits.push({ person, image, points: face.points, box: face.box });
  }
  if (new Set(portraits.map(({ person }) => person)).size < 2)
    throw new Error(`${folder} has no faces of two people: give a folder that has one folder of photographs a person`);
  return portraits;
}

async function* photographsIn(folder: string): AsyncGenerator<{ readonly person: string; readonly path: string }> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const { name: person } of entries.filter((entry) => entry.isDirectory()))
    for (const file of (await readdir(join(folder, person))).sort())
      if (Object.hasOwn(decoders, extname(file).toLowerCase())) yield { person, path: join(folder, person, file) };
}

async function readPhotograph(path: string): Promise<RgbImage> {
  try {
    return await decoders[extname(path).toLowerCase()]!(await readFile(path));
  } catch (error) {
    throw new Error(`${path}: ${messageOf(error)}`, { cause: error });
  }
}

function framed({ width, height, data }: RgbImage): RgbImage {
  const border = Math.round(width * margin);
  const larger = blankImage(width + 2 * border, height + 2 * border);
  for (let row = 0; row < height; row++)
    larger.data.set(
      data.subarray(3 * row * width, 3 * (row + 1) * width),
      3 * ((row + border) * larger.width + border),
    );
  return larger;
}
