import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { openClusterDirectory } from "./cluster-directory.ts";

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "directory-"));
});
afterEach(async () => {
  await rm(parent, { recursive: true });
});

/** As a cluster, and others, use its folder. */
async function use(path: string): Promise<void> {
  await mkdir(join(path, "etcd"));
  await writeFile(join(path, "etcd", "data"), "");
  await writeFile(join(path, "notes"), "");
}

test("a folder that is made for a cluster goes with everything in it", async () => {
  for (const path of [undefined, join(parent, "new")]) {
    const directory = await openClusterDirectory(path);
    await use(directory.path);
    await directory.remove();
    expect(existsSync(directory.path)).toBe(false);
  }
});

test("a folder that was there before stays, with what is not the cluster's", async () => {
  const directory = await openClusterDirectory(parent);
  await use(parent);
  await directory.remove();
  expect(await readdir(parent)).toEqual(["notes"]);
});

test("a folder that holds a cluster is refused, with the way to end it", async () => {
  await mkdir(join(parent, "etcd"));
  await expect(openClusterDirectory(parent)).rejects.toThrow(
    /already holds a cluster \(etcd\): end it with .* down --directory/,
  );
});
