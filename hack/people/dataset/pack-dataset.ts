import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { create } from "tar";

/** A set as one file. */
export type Packed = { path: string; digest: `sha256:${string}`; bytes: number };

/**
 * Packs a directory into a tar beside it (`<directory>.tar`). The same files give the same bytes: entries are sorted,
 * all with the same time and mode, none with an owner.
 */
export async function packDataset(directory: string): Promise<Packed> {
  const path = `${directory}.tar`;
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
  const onWriteEntry = (entry: { stat?: { mode: number } }): void => {
    if (entry.stat) entry.stat.mode = 0o100644;
  };
  await create({ file: path, cwd: directory, portable: true, mtime: new Date(0), noPax: true, onWriteEntry }, files);
  return describePacked(path);
}

/** The digest and the size of a packed set. */
export async function describePacked(path: string): Promise<Packed> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return { path, digest: `sha256:${hash.digest("hex")}`, bytes: (await stat(path)).size };
}
