import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** A file's content, as OCI and the FaceModel resource name it. */
export type Digest = `sha256:${string}`;

/** The digest of bytes given in pieces. */
export function digestOf(pieces: readonly Uint8Array[]): Digest {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return `sha256:${hash.digest("hex")}`;
}

/** Writes a file that is either whole or not there, whoever else writes it and wherever this is interrupted. */
export async function writeAtomically(
  path: string,
  pieces: readonly Uint8Array[],
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    const file = await open(partial, "wx");
    try {
      await file.writeFile(pieces, { signal });
      await file.sync();
    } finally {
      await file.close();
    }
    signal?.throwIfAborted();
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}
