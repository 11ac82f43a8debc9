import { lstat, mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import { publishFiles } from "./publish.ts";
import type { VolumeFiles } from "./layout.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "publish-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function filesOf(contents: Record<string, string>, mode = 0o644): VolumeFiles {
  return new Map(Object.entries(contents).map(([path, text]) => [path, { content: Buffer.from(text), mode }]));
}

/** What a reader sees: the visible names and, through them, every file. */
async function seen(directory: string): Promise<Record<string, string>> {
  const names = (await readdir(directory)).filter((name) => !name.startsWith(".."));
  const found: Record<string, string> = {};
  for (const name of names) {
    const path = join(directory, name);
    if ((await stat(path)).isDirectory()) {
      for (const inner of await readdir(path)) found[`${name}/${inner}`] = await readFile(join(path, inner), "utf8");
    } else found[name] = await readFile(path, "utf8");
  }
  return found;
}

test("whatever was published before, a reader sees what was published last, and nothing old stays on the disk", async () => {
  const paths = fc.constantFrom("a", "b", "c", "deep/x", "deep/y");
  await fc.assert(
    fc.asyncProperty(fc.array(fc.dictionary(paths, fc.string()), { minLength: 1, maxLength: 5 }), async (versions) => {
      const directory = await mkdtemp(join(folder, "v-"));
      for (const version of versions) await publishFiles(directory, filesOf(version));
      expect(await seen(directory)).toEqual({ ...versions.at(-1) });
      expect((await readdir(directory)).filter((name) => name.startsWith(".."))).toHaveLength(2);
    }),
    { numRuns: 40 },
  );
});

test("files are changed all at once: every name goes through the one link that is replaced", async () => {
  await publishFiles(folder, filesOf({ a: "1", "deep/x": "2" }));
  expect(await readlink(join(folder, "a"))).toBe("..data/a");
  expect(await readlink(join(folder, "deep"))).toBe("..data/deep");
  expect((await lstat(join(folder, "..data"))).isSymbolicLink()).toBe(true);
});

test("the same files again are not published again", async () => {
  expect(await publishFiles(folder, filesOf({ a: "1" }))).toBe(true);
  const link = await readlink(join(folder, "..data"));
  expect(await publishFiles(folder, filesOf({ a: "1" }))).toBe(false);
  expect(await readlink(join(folder, "..data"))).toBe(link);
});

test("modes are as they are asked for, whatever the umask", async () => {
  const umask = process.umask(0o077);
  await publishFiles(folder, filesOf({ a: "1" }, 0o644));
  process.umask(umask);
  expect((await stat(join(folder, "a"))).mode & 0o777).toBe(0o644);
});
