import { randomUUID } from "node:crypto";
import { chmod, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { VolumeFiles } from "./layout.ts";

const dataLink = "..data";

/**
 * Publishes all files of a volume at once, as a kubelet does: the files lie in a folder of their own, `..data` points
 * to it, and every visible name points through `..data`. A reader sees the old files or the new ones, never a mixture.
 * @returns whether anything was different from what is published.
 */
export async function publishFiles(directory: string, files: VolumeFiles): Promise<boolean> {
  await mkdir(directory, { recursive: true });
  const current = await readlink(join(directory, dataLink)).catch(() => undefined);
  if (current !== undefined && (await holdsExactly(join(directory, current), files))) return false;
  const next = `..${randomUUID()}`;
  await writeAll(join(directory, next), files);
  await replaceLink(next, join(directory, dataLink));
  await linkVisibleNames(directory, files);
  if (current !== undefined) await rm(join(directory, current), { recursive: true, force: true });
  return true;
}

async function writeAll(directory: string, files: VolumeFiles): Promise<void> {
  await mkdir(directory);
  for (const [path, { content, mode }] of files) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    await chmod(file, mode); // the umask has no say
  }
}

async function holdsExactly(directory: string, files: VolumeFiles): Promise<boolean> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  if (entries.filter((entry) => entry.isFile()).length !== files.size) return false;
  for (const [path, { content }] of files) {
    const present = await readFile(join(directory, path)).catch(() => undefined);
    if (!present?.equals(content)) return false;
  }
  return true;
}

async function linkVisibleNames(directory: string, files: VolumeFiles): Promise<void> {
  const wanted = new Set([...files.keys()].map((path) => path.split("/")[0]!));
  const present = (await readdir(directory)).filter((name) => !name.startsWith(".."));
  await Promise.all(present.filter((name) => !wanted.has(name)).map((name) => rm(join(directory, name))));
  const missing = [...wanted].filter((name) => !present.includes(name));
  await Promise.all(missing.map((name) => symlink(join(dataLink, name), join(directory, name))));
}

async function replaceLink(target: string, link: string): Promise<void> {
  const draft = `${link}.${randomUUID()}`;
  await symlink(target, draft);
  await rename(draft, link);
}
