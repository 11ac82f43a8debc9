import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "./errors.ts";
import { keepAlive } from "./heartbeat.ts";
import { isAbandoned, isAlive, ownedName, ownerOf, self } from "./owner.ts";

/** A folder for unfinished work, on the filesystem of the store; disposing removes what is left in it. */
export interface Workspace extends AsyncDisposable {
  readonly path: string;
}

/** Workspaces of this process. */
const ours = new Set<string>();

/** Makes a workspace below `folder`. */
export async function makeWorkspace(folder: string): Promise<Workspace> {
  const path = join(folder, ownedName());
  ours.add(path);
  await mkdir(path, { recursive: true });
  const alive = keepAlive(path);
  return {
    path,
    async [Symbol.asyncDispose]() {
      alive[Symbol.dispose]();
      await rm(path, { recursive: true, force: true });
      ours.delete(path);
    },
  };
}

/** Removes workspaces below `folder` whose owners are gone. Returns how many there were. */
export async function sweepWorkspaces(folder: string, now: number): Promise<number> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  });
  let swept = 0;
  for (const name of names) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) continue;
    const trace = { owner: ownerOf(name), silentFor: now - found.mtimeMs, ours: ours.has(path) };
    if (!isAbandoned(trace, self, isAlive)) continue;
    await rm(path, { recursive: true, force: true });
    swept += 1;
  }
  return swept;
}
