import { chmod, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isErrno } from "./errors.ts";

/**
 * Gives a finished file or folder its name, all at once: content reaches the disk, then the name, so that after a crash
 * there is the whole or nothing. `from` and `to` lie on one filesystem.
 *
 * @returns false when `to` was there already, which is left as it is; `from` is then removed.
 */
export async function publishFolder(from: string, to: string): Promise<boolean> {
  for (const name of await readdir(from, { recursive: true })) await sync(join(from, name));
  await sync(from);
  await mkdir(dirname(to), { recursive: true });
  const published = await rename(from, to).then(
    () => true,
    (error: unknown) => {
      if (!isErrno(error, "ENOTEMPTY", "EEXIST")) throw error;
      return false;
    },
  );
  if (published) await sync(dirname(to));
  else await rm(from, { recursive: true, force: true });
  return published;
}

/** As `publishFolder`, for one file; it takes the place of one that was there, and can then only be read. */
export async function publishFile(from: string, to: string): Promise<void> {
  await chmod(from, 0o444);
  await sync(from);
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
  await sync(dirname(to));
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
