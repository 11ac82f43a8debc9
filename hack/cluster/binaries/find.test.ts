import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { findBinaries } from "./find.ts";
import { installedBinaries } from "./installed.ts";
import { binaryNames, minorVersion, wantedRelease } from "./release.ts";

const release = wantedRelease();
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "binaries-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Programs that print a version and do nothing else. */
async function install(name: string, kubernetes: string, names: readonly string[] = binaryNames): Promise<string> {
  const directory = join(folder, name);
  await mkdir(directory, { recursive: true });
  for (const each of names) {
    const version = each === "etcd" ? release.etcd : kubernetes;
    await writeFile(join(directory, each), `#!/bin/sh\necho "Version: ${version}"\n`);
    await chmod(join(directory, each), 0o755);
  }
  return directory;
}

async function installCache(): Promise<string> {
  await install(join("cache", "control-plane", release.key), "v0.0.0");
  return join(folder, "cache");
}

const find = async (environment: NodeJS.ProcessEnv) =>
  findBinaries({ environment: { FACEFLEET_CACHE: await installCache(), ...environment } });

test("KUBEBUILDER_ASSETS comes before PATH, and PATH before the cache", async () => {
  const assets = await install("assets", release.kubernetes, ["etcd", "kube-apiserver", "kubectl"]);
  const path = await install("path", release.kubernetes, ["kubectl", "kube-scheduler"]);
  expect(await find({ KUBEBUILDER_ASSETS: assets, PATH: `/nowhere:${path}` })).toEqual({
    etcd: join(assets, "etcd"),
    "kube-apiserver": join(assets, "kube-apiserver"),
    kubectl: join(assets, "kubectl"),
    "kube-scheduler": join(path, "kube-scheduler"),
    "kube-controller-manager": join(folder, "cache", "control-plane", release.key, "kube-controller-manager"),
  });
});

test("a program of another minor version is passed over", async () => {
  const path = await install("path", "v1.30.1");
  expect((await find({ PATH: path })).kubectl).toContain(join("cache", "control-plane"));
});

test("why a program was passed over is known", async () => {
  const path = await install("path", "v1.30.1", ["kubectl"]);
  const { passedOver } = await installedBinaries(release, { PATH: path });
  expect(passedOver).toEqual([`${join(path, "kubectl")} is 1.30, ${minorVersion(release.kubernetes)} is wanted`]);
});

test("a folder that is given must have every program", async () => {
  const directory = await install("given", "v1.2.3", ["etcd"]);
  await expect(findBinaries({ directory })).rejects.toThrow(
    `the binaries folder ${directory} has no program kube-apiserver`,
  );
});

test("a folder that is given is taken whatever its version", async () => {
  const directory = await install("given", "v1.2.3");
  expect((await findBinaries({ directory })).kubectl).toBe(join(directory, "kubectl"));
});
