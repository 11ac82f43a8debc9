import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { type Binaries, type BinaryName, binaryNames, minorVersion, type Release } from "./release.ts";

/** What is installed on this machine. */
export interface Installed {
  found: Partial<Binaries>;
  /** Programs that were not taken, and why. */
  passedOver: string[];
}

/** Looks for each program in KUBEBUILDER_ASSETS, then PATH: the first of the release's minor version is taken. */
export async function installedBinaries(release: Release, environment: NodeJS.ProcessEnv): Promise<Installed> {
  const { KUBEBUILDER_ASSETS = "", PATH = "" } = environment;
  const folders = [KUBEBUILDER_ASSETS, ...PATH.split(delimiter)].filter((each) => each !== "");
  const installed: Installed = { found: {}, passedOver: [] };
  await Promise.all(binaryNames.map((name) => lookFor(name, folders, release, installed)));
  return installed;
}

async function lookFor(name: BinaryName, folders: string[], release: Release, installed: Installed): Promise<void> {
  const wanted = minorVersion(name === "etcd" ? release.etcd : release.kubernetes);
  for (const path of folders.map((folder) => join(folder, name))) {
    if (!(await isExecutable(path))) continue;
    const version = await versionOf(name, path);
    if (version === wanted) {
      installed.found[name] = path;
      return;
    }
    installed.passedOver.push(`${path} is ${version ?? "of an unknown version"}, ${wanted} is wanted`);
  }
}

async function versionOf(name: BinaryName, path: string): Promise<string | undefined> {
  const args = name === "kubectl" ? ["version", "--client"] : ["--version"];
  const { stdout } = await execa(path, args, { reject: false, timeout: 10_000 });
  return minorVersion(stdout);
}

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
