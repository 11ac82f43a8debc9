import { statfs } from "node:fs/promises";
import { EngineError } from "./errors.ts";

/** Bytes that an unprivileged process may still write below a folder. */
export type FreeSpace = (folder: string) => Promise<number>;

/** Bytes left on a node's disk at all times, so that the store never takes the last of it from the node. */
export const spareBytes = 256 * 1024 * 1024;

/** Free bytes by statfs. */
export const freeSpace: FreeSpace = async (folder) => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

/**
 * Refuses to begin what the disk cannot hold.
 * @throws EngineError DiskFull with the bytes that are needed and those that are free.
 */
export async function requireSpace(folder: string, bytes: number, free: FreeSpace = freeSpace): Promise<void> {
  const available = await free(folder);
  if (available - spareBytes >= bytes) return;
  throw new EngineError(
    "DiskFull",
    `${folder} has ${mebibytes(available)} free: ${mebibytes(bytes)} are needed and ${mebibytes(spareBytes)} must ` +
      "remain; free space on the node or lower spec.revisionHistoryLimit",
  );
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
