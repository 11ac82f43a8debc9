import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "./errors.ts";
import { type Reaper, startReaper } from "./processes/reaper.ts";

/** Everything a cluster keeps in its folder. In a folder that was there before, nothing else is ever touched. */
const entries = [
  "pki",
  "etcd",
  "logs",
  "kubeconfigs",
  "kubectl-cache",
  "nodes",
  "processes.json",
  "audit-policy.yaml",
] as const;

/** The folder of a cluster. */
export interface ClusterDirectory {
  readonly path: string;
  /** Whether the folder was made for the cluster and goes with it. */
  readonly owned: boolean;
  /** Lets the folder outlive us. */
  keep(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Makes the folder of a cluster. One that was made here does not outlive us unless it is kept.
 * @throws UsageError if the folder given holds a cluster already.
 */
export async function openClusterDirectory(path: string | undefined): Promise<ClusterDirectory> {
  const made =
    path === undefined
      ? await mkdtemp(join(tmpdir(), "facefleet-cluster-"))
      : await mkdir(path, { recursive: true, mode: 0o700 });
  const directory = path ?? made!;
  const owned = made !== undefined;
  const present = await readdir(directory);
  const taken = entries.find((each) => present.includes(each));
  if (taken !== undefined) {
    throw new UsageError(
      `directory ${directory} already holds a cluster (${taken}): end it with ` +
        `\`node hack/cluster/main.ts down --directory ${directory}\`, or name another`,
    );
  }
  const reaper: Reaper | undefined = owned ? await startReaper(directory) : undefined;
  return {
    path: directory,
    owned,
    keep: async () => reaper?.dismiss(),
    async remove() {
      await removeCluster(directory, owned);
      await reaper?.dismiss();
    },
  };
}

/** Removes the folder if it was made for the cluster, else what the cluster has left in it. */
export async function removeCluster(directory: string, owned: boolean): Promise<void> {
  const paths = owned ? [directory] : entries.map((each) => join(directory, each));
  await Promise.all(paths.map((each) => rm(each, { recursive: true, force: true, maxRetries: 5 })));
}
