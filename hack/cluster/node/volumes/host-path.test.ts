import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { prepareHostPath } from "./host-path.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "host-"));
  await mkdir(join(root, "folder"));
  await writeFile(join(root, "file"), "content");
  await symlink("folder", join(root, "link"));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

test.each([
  ["Directory", "/folder"],
  ["Directory", "/link"],
  ["DirectoryOrCreate", "/folder"],
  ["DirectoryOrCreate", "/new/deep"],
  ["File", "/file"],
  ["FileOrCreate", "/file"],
  ["FileOrCreate", "/new/file"],
  ["", "/not/checked"],
  [undefined, "/not/checked"],
])("a path of type %s at %s lies below the host root", async (type, path) => {
  expect(await prepareHostPath(root, { path, ...(type !== undefined && { type }) })).toBe(join(root, path));
});

test("what is made is of the type asked for, and what is there is left alone", async () => {
  await prepareHostPath(root, { path: "/new/deep", type: "DirectoryOrCreate" });
  await prepareHostPath(root, { path: "/file", type: "FileOrCreate" });
  expect((await stat(join(root, "new/deep"))).isDirectory()).toBe(true);
  expect((await stat(join(root, "file"))).size).toBe("content".length);
});

test.each([
  ["Directory", "/file", "is not a directory"],
  ["Directory", "/nothing", "is not a directory"],
  ["File", "/folder", "is not a file"],
  ["Socket", "/file", "is not a socket"],
])("a path that is no %s is refused: %s", async (type, path, message) => {
  await expect(prepareHostPath(root, { path, type })).rejects.toThrow(message);
});
