import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** How a file on disk differs from what is generated. */
export interface Difference {
  path: string;
  state: "missing" | "changed" | "unexpected";
  /** The first line that differs, counted from 1. */
  line?: number;
}

/** Differences between the files below `root` and those generated, files that nothing generates any more included. */
export async function differences(
  root: string,
  files: ReadonlyMap<string, string>,
  folders: readonly string[],
): Promise<Difference[]> {
  const changed = await Promise.all([...files].map(([path, wanted]) => compare(root, path, wanted)));
  const present = (await Promise.all(folders.map((folder) => list(root, folder)))).flat();
  const unexpected = present.filter((path) => !files.has(path));
  return [
    ...changed.filter((difference) => difference !== undefined),
    ...unexpected.map((path) => ({ path, state: "unexpected" as const })),
  ].sort((a, b) => a.path.localeCompare(b.path));
}

/** Makes the files below `root` what is generated: each is replaced at once, so that an interruption leaves whole files. */
export async function settle(
  root: string,
  files: ReadonlyMap<string, string>,
  folders: readonly string[],
): Promise<Difference[]> {
  const found = await differences(root, files, folders);
  for (const { path } of found) {
    const wanted = files.get(path);
    await (wanted === undefined ? rm(join(root, path)) : replace(join(root, path), wanted));
  }
  return found;
}

async function compare(root: string, path: string, wanted: string): Promise<Difference | undefined> {
  const actual = await readFile(join(root, path), "utf8").catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  if (actual === undefined) return { path, state: "missing" };
  return actual === wanted ? undefined : { path, state: "changed", line: firstDifference(actual, wanted) };
}

function firstDifference(actual: string, wanted: string): number {
  const lines = actual.split("\n");
  const index = wanted.split("\n").findIndex((line, number) => line !== lines[number]);
  return (index === -1 ? lines.length : index) + 1;
}

async function list(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      if (isAbsent(error)) return [];
      throw error;
    },
  );
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

async function replace(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${String(process.pid)}.tmp`;
  await writeFile(draft, content);
  await rename(draft, path);
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
