import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheDirectory } from "../cache.ts";
import { messageOf, UsageError } from "../errors.ts";
import { buildBinaries, NoGoError } from "./build.ts";
import { downloadBinaries, downloadsOf } from "./download.ts";
import { installedBinaries, isExecutable } from "./installed.ts";
import { withFileLock } from "./lock.ts";
import { type Binaries, binaryNames, type Release, wantedRelease } from "./release.ts";

export interface FindBinariesOptions {
  /** A folder that must hold every program; nothing else is looked at. */
  directory?: string | undefined;
  onProgress?: ((line: string) => void) | undefined;
  signal?: AbortSignal | undefined;
  environment?: NodeJS.ProcessEnv;
}

/**
 * Finds the programs of the control plane: in an explicit folder, else in `KUBEBUILDER_ASSETS` and PATH where the
 * version fits, else in our cache, which is filled by the official download or, failing that, by a Go build.
 * @throws UsageError if the explicit folder lacks a program, or if no source has one.
 */
export async function findBinaries(options: FindBinariesOptions = {}): Promise<Binaries> {
  const release = wantedRelease();
  const environment = options.environment ?? process.env;
  if (options.directory !== undefined) return explicitBinaries(options.directory);
  const { found, passedOver } = await installedBinaries(release, environment);
  if (binaryNames.every((name) => found[name] !== undefined)) return found as Binaries;
  return { ...(await cachedBinaries(release, cacheDirectory(environment), passedOver, options)), ...found };
}

async function explicitBinaries(directory: string): Promise<Binaries> {
  const binaries = binariesIn(directory);
  for (const [name, path] of Object.entries(binaries)) {
    if (!(await isExecutable(path))) {
      throw new UsageError(
        `the binaries folder ${directory} has no program ${name}: it must hold ${binaryNames.join(", ")}`,
      );
    }
  }
  return binaries;
}

async function cachedBinaries(
  release: Release,
  cache: string,
  passedOver: string[],
  options: FindBinariesOptions,
): Promise<Binaries> {
  const onProgress = options.onProgress ?? (() => undefined);
  const parent = join(cache, "control-plane");
  const directory = join(parent, release.key);
  const lockOptions = {
    signal: options.signal,
    onWait: (holder: number) => onProgress(`waiting for process ${holder}, which is getting the same control plane`),
  };
  if (!(await isComplete(directory))) {
    passedOver.forEach(onProgress);
    await withFileLock(join(parent, `${release.key}.lock`), lockOptions, async () => {
      if (!(await isComplete(directory)))
        await fillCache({ release, cache, parent, directory, onProgress, signal: options.signal });
    });
  }
  return binariesIn(directory);
}

interface FillOptions {
  release: Release;
  cache: string;
  parent: string;
  directory: string;
  onProgress: (line: string) => void;
  signal: AbortSignal | undefined;
}

/** Only a complete folder ever gets its final name. */
async function fillCache(options: FillOptions): Promise<void> {
  const prefix = `.${options.release.key}-`;
  await removeAbandoned(options.parent, prefix);
  const draft = await mkdtemp(join(options.parent, prefix));
  try {
    await obtain({ ...options, directory: draft });
    await rename(draft, options.directory);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function obtain(options: FillOptions): Promise<void> {
  if (await download(options)) return;
  options.onProgress("the official download is out of reach: building from Go modules, about 7 minutes on two cores");
  await buildBinaries(options).catch((error: unknown) => {
    if (!(error instanceof NoGoError)) throw error;
    throw new UsageError(
      `no control plane ${options.release.kubernetes}: set KUBEBUILDER_ASSETS to a folder with ${binaryNames.join(", ")}, ` +
        `or connect to the network to download them, or install Go >= 1.26 to build them`,
    );
  });
}

async function download(options: FillOptions): Promise<boolean> {
  const downloads = downloadsOf(options.release, { os: process.platform, arch: process.arch });
  if (!downloads) return false;
  options.onProgress(`getting the control plane ${options.release.kubernetes}: trying the official download`);
  try {
    return await downloadBinaries({ ...options, downloads });
  } catch (error) {
    options.signal?.throwIfAborted();
    options.onProgress(`the download failed: ${messageOf(error)}`);
    return false;
  }
}

/** The lock is held, so every draft belongs to a process that died. */
async function removeAbandoned(parent: string, prefix: string): Promise<void> {
  const drafts = (await readdir(parent)).filter((name) => name.startsWith(prefix));
  await Promise.all(drafts.map((name) => rm(join(parent, name), { recursive: true, force: true })));
}

async function isComplete(directory: string): Promise<boolean> {
  const all = await Promise.all(Object.values(binariesIn(directory)).map(isExecutable));
  return all.every(Boolean);
}

function binariesIn(directory: string): Binaries {
  return Object.fromEntries(binaryNames.map((name) => [name, join(directory, name)])) as Binaries;
}
