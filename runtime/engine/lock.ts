import { mkdir, open, readFile, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineError, isErrno } from "./errors.ts";
import { keepAlive } from "./heartbeat.ts";
import { isAbandoned, isAlive, ownedName, ownerOf, self } from "./owner.ts";

const poll = 200;

/** Locks of this process, by the name that their file holds. */
const ours = new Set<string>();

/** How long a lock is waited for. */
export interface LockOptions {
  signal?: AbortSignal | undefined;
  /** Longest wait in milliseconds. */
  patience: number;
  now: () => number;
}

/**
 * Holds a lock, a file that names its owner, until disposed of. It spares two builds the same work; that nothing is
 * written twice is assured by atomic publication, so the instant in which a stale lock is taken from a dead owner by two
 * waiters at once does no harm.
 *
 * @throws EngineError StoreLocked when it is not had in time.
 */
export async function lock(path: string, { signal, patience, now }: LockOptions): Promise<AsyncDisposable> {
  const name = ownedName();
  await mkdir(dirname(path), { recursive: true });
  ours.add(name);
  try {
    await waitFor(path, name, { signal, patience, now });
  } catch (error) {
    ours.delete(name);
    throw error;
  }
  const alive = keepAlive(path);
  return {
    async [Symbol.asyncDispose]() {
      alive[Symbol.dispose]();
      if ((await holderOf(path)) === name) await release(path);
      ours.delete(name);
    },
  };
}

async function waitFor(path: string, name: string, { signal, patience, now }: LockOptions): Promise<void> {
  const deadline = now() + patience;
  while (!(await take(path, name))) {
    signal?.throwIfAborted();
    if (await isStale(path, now())) {
      await release(path);
      continue;
    }
    if (now() > deadline) {
      throw new EngineError("StoreLocked", `${path} is held by another process of this node: try again later`);
    }
    await sleep(poll, undefined, { signal });
  }
}

async function take(path: string, name: string): Promise<boolean> {
  try {
    const file = await open(path, "wx");
    await file.writeFile(name);
    await file.close();
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
}

async function isStale(path: string, now: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  const name = await holderOf(path);
  if (found === undefined || name === undefined) return false;
  const trace = { owner: ownerOf(name), silentFor: now - found.mtimeMs, ours: ours.has(name) };
  return isAbandoned(trace, self, isAlive);
}

async function holderOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

async function release(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (!isErrno(error, "ENOENT")) throw error;
  });
}
