import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { LabelledPicture } from "../../dataset/dataset.ts";
import { borrowDataset } from "../../dataset/borrow-dataset.ts";
import { publishFile } from "../../engine/publish.ts";
import type { Store } from "../../engine/store.ts";
import { decodeGallery, encodeGallery } from "../../faces/gallery/encode.ts";
import { makeGallery, type Enrollment, type Gallery } from "../../faces/gallery/gallery.ts";
import type { GalleryKey } from "../../faces/gallery/key.ts";
import { seal, unseal } from "../../faces/gallery/seal.ts";
import type { RgbImage } from "../../faces/image.ts";
import { decodePicture, UnreadablePicture } from "../../faces/picture.ts";
import { primaryFace } from "../../faces/primary-face.ts";
import type { Analyzer } from "../../pipeline/analyzer.ts";
import { keepListed, type GallerySpec, type LoadedGallery } from "./galleries.ts";

/** What enrolling works with. */
export interface EnrollOptions {
  store: Store;
  key: GalleryKey;
  analyzer: Analyzer;
  /** Names the engines: templates of other engines are of no use. */
  engineKey: string;
  signal: AbortSignal;
}

/**
 * A gallery for one slot: unsealed from the node's disk when the same engines have embedded the same version before,
 * else embedded anew from the pictures and sealed; the pictures are removed from the disk then. People of whom no face is found are left out and counted in the
 * message.
 *
 * @throws EngineError, DatasetError when the pictures cannot be had; AnalyzerFailed; the signal's reason.
 */
export async function loadGallery(spec: GallerySpec, options: EnrollOptions): Promise<LoadedGallery> {
  const { name, version } = spec;
  const { store, key, engineKey } = options;
  const file = store.galleryFile(name, version, engineKey);
  const context = { gallery: name, version, revision: engineKey };
  const kept = await readSealed(file, (bytes) => decodeGallery(unseal(bytes, key, context)));
  if (kept !== undefined) return describe(spec, kept);
  const gallery = await embed(spec, options);
  await writeSealed(store, file, seal(encodeGallery(gallery), key, context));
  await removeOthers(dirname(file), version);
  return describe(spec, gallery);
}

/**
 * What an older version of a gallery left sealed on the disk by the same engines, without the people who are no longer
 * in it: whom a node knew it goes on knowing while the pictures of a new version cannot be had. Undefined when there is
 * none, or the wanted version itself.
 */
export async function loadOlder(
  spec: GallerySpec,
  { store, key, engineKey }: Pick<EnrollOptions, "store" | "key" | "engineKey">,
): Promise<LoadedGallery | undefined> {
  const folder = dirname(store.galleryFile(spec.name, spec.version, engineKey));
  const suffix = basename(store.galleryFile(spec.name, "", engineKey));
  const versions = (await readdir(folder).catch(() => []))
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length));
  if (versions.includes(spec.version)) return undefined;
  for (const version of versions) {
    const context = { gallery: spec.name, version, revision: engineKey };
    const kept = await readSealed(join(folder, version + suffix), (bytes) =>
      decodeGallery(unseal(bytes, key, context)),
    );
    if (kept === undefined) continue;
    const gallery = keepListed(kept, spec);
    return { name: spec.name, version, people: gallery.people.length, gallery };
  }
  return undefined;
}

async function embed(spec: GallerySpec, { store, analyzer, signal }: EnrollOptions): Promise<Gallery> {
  await using dataset = await borrowDataset(store, spec.dataset, { signal });
  const pictures = Map.groupBy(dataset.pictures, ({ identity }) => identity);
  const enrollments: Enrollment[] = [];
  for (const { id, label } of spec.people) {
    const templates: Float32Array[] = [];
    for (const picture of pictures.get(label ?? id) ?? []) {
      signal.throwIfAborted();
      const template = await templateOf(picture, analyzer);
      if (template !== undefined) templates.push(template);
    }
    enrollments.push({ person: id, templates });
  }
  return makeGallery(enrollments);
}

/** The embedding of the largest face in a picture, or undefined when none is found. */
async function templateOf(picture: LabelledPicture, analyzer: Analyzer): Promise<Float32Array | undefined> {
  const image = await decode(picture);
  if (image === undefined) return undefined;
  const { faces } = await analyzer.analyze(image, { identity: true, expression: false });
  return primaryFace(faces)?.embedding;
}

async function decode({ path }: LabelledPicture): Promise<RgbImage | undefined> {
  try {
    return await decodePicture(await readFile(path));
  } catch (error) {
    if (error instanceof UnreadablePicture) return undefined;
    throw error;
  }
}

function describe({ name, version, people }: GallerySpec, gallery: Gallery): LoadedGallery {
  const missing = people.length - gallery.people.length;
  const message = `no face was found in the pictures of ${missing} of ${people.length} people: they cannot be recognized`;
  return { name, version, people: gallery.people.length, gallery, ...(missing > 0 && { message }) };
}

/** A sealed file that does not open is embedded anew: the pictures are the source, the file is only a saving. */
async function readSealed(file: string, open: (bytes: Buffer) => Gallery): Promise<Gallery | undefined> {
  try {
    return open(await readFile(file));
  } catch {
    return undefined;
  }
}

async function writeSealed(store: Store, file: string, bytes: Buffer): Promise<void> {
  await using work = await store.makeWorkspace();
  const draft = join(work.path, "sealed");
  await writeFile(draft, bytes, { mode: 0o600 });
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await publishFile(draft, file);
}

/** Removes what older versions left: a person who is no longer in the gallery leaves no template behind. */
async function removeOthers(folder: string, version: string): Promise<void> {
  const old = (await readdir(folder)).filter((name) => !name.startsWith(`${version}-`));
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
}
