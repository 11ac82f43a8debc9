import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";

/** `sha256:<64 hex digits>` of bytes. */
export function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** `sha256:<64 hex digits>` of a file's content, read in pieces. */
export async function digestOfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash, { signal });
  return `sha256:${hash.digest("hex")}`;
}

/** The hex digits of a digest: what files are named by. */
export function hexOf(digest: string): string {
  return digest.slice("sha256:".length);
}
