import { randomUUID } from "node:crypto";
import { access, mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * A folder that is either whole or not there. When it is missing, `fill` writes a partial folder beside it, which then
 * takes its name; when `fill` fails or is aborted, nothing stays. Two makers at once are harmless: the first to finish
 * wins, and both wrote the same.
 */
export async function ensureFolder(
  path: string,
  fill: (partial: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  if (await exists(path)) return;
  const partial = `${path}.${randomUUID()}.partial`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await mkdir(partial);
    await fill(partial);
    signal?.throwIfAborted();
    await rename(partial, path).catch(async (error: unknown) => {
      if (!(await exists(path))) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
