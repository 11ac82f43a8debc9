import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { findHelm } from "./find.ts";

test("without Helm and without Go one is told which to install, and nothing is left behind", async () => {
  const folder = await mkdtemp(join(tmpdir(), "facefleet-helm-"));
  const environment = { PATH: join(folder, "empty"), FACEFLEET_CACHE: join(folder, "cache") };
  await expect(findHelm({ environment })).rejects.toThrow("install Helm 3.8 or later, or Go 1.26");
  const left = await readdir(folder, { recursive: true, withFileTypes: true });
  expect(left.filter((entry) => entry.isFile())).toEqual([]);
  await rm(folder, { recursive: true });
});
