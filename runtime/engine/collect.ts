import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "./errors.ts";
import { makeWorkspace } from "./workspace.ts";

/** Folders of the store that are collected from, and the workspace folder they pass through. */
export interface CollectedFolders {
  readonly engines: string;
  readonly artifacts: string;
  readonly datasets: string;
  readonly work: string;
}

/** What stays. Anything that was used within `grace` milliseconds stays as well: it may be about to be named. */
export interface Keep {
  /** Keys of engines. */
  readonly engines: ReadonlySet<string>;
  /** Hex digests of artifacts and datasets. */
  readonly digests: ReadonlySet<string>;
  readonly grace: number;
}

/** What was removed, by name. */
export interface Collected {
  readonly engines: string[];
  readonly artifacts: string[];
  readonly datasets: string[];
}

/** Removes what is neither kept nor was used of late. */
export async function collectGarbage(folders: CollectedFolders, keep: Keep, now: number): Promise<Collected> {
  await using trash = await makeWorkspace(folders.work);
  const sweep = async (folder: string, kept: ReadonlySet<string>) => {
    const removed: string[] = [];
    for (const name of await namesIn(folder)) {
      const path = join(folder, name);
      if (kept.has(name) || now - (await stat(path)).mtimeMs < keep.grace) continue;
      await rename(path, join(trash.path, name));
      await rm(join(trash.path, name), { recursive: true, force: true });
      removed.push(name);
    }
    return removed;
  };
  return {
    engines: await sweep(folders.engines, keep.engines),
    artifacts: await sweep(folders.artifacts, keep.digests),
    datasets: await sweep(folders.datasets, keep.digests),
  };
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  });
}
