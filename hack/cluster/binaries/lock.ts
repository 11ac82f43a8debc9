import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isAlive } from "../processes/identity.ts";
import { isErrno } from "../errors.ts";

const pollMilliseconds = 500;

/**
 * Runs `work` while no other process that uses the same lock file does. The lock of a process that has died is taken
 * over. Two processes that take over the same dead lock at once may both proceed, so `work` must publish its result
 * atomically: the lock saves work, it does not protect data.
 *
 * @param onWait told once, with the holder's process id, if the lock is held.
 */
export async function withFileLock<T>(
  path: string,
  options: { onWait?: (holder: number) => void; signal?: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  let told = false;
  while (!(await tryCreate(path))) {
    const holder = Number(await readFile(path, "utf8").catch(() => ""));
    if (holder > 0 && !isAlive(holder)) {
      await rm(path, { force: true });
      continue;
    }
    if (!told && holder > 0) {
      options.onWait?.(holder);
      told = true;
    }
    await delay(pollMilliseconds, undefined, { ...(options.signal && { signal: options.signal }) });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

/** A link appears with its content, so nobody ever reads a lock without a holder. */
async function tryCreate(path: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, String(process.pid));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
