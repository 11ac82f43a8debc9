import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";

/** What decides the bytes of a picture; the cache forgets nothing when one of these changes, it draws anew. */
const SOURCES = [
  "camera",
  "canvas",
  "expression",
  "face.ts",
  "head",
  "identity",
  "light",
  "random",
  "scene",
  "dataset",
];

/** A name for this renderer: a hash over its sources and the version of the encoder. Never needs to be raised by hand. */
export async function rendererVersion(): Promise<string> {
  const root = join(import.meta.dirname, "..");
  const hash = createHash("sha256").update(sharp.versions.vips);
  for (const source of SOURCES) {
    for (const file of await sourceFiles(join(root, source))) hash.update(await readFile(file));
  }
  return hash.digest("hex").slice(0, 16);
}

async function sourceFiles(path: string): Promise<string[]> {
  if (path.endsWith(".ts")) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  return names.sort().map((name) => join(path, name));
}

/** A name for something drawn from data by this renderer. */
export async function drawingKey(data: unknown): Promise<string> {
  return createHash("sha256")
    .update(await rendererVersion())
    .update(JSON.stringify(data))
    .digest("hex")
    .slice(0, 24);
}
