import { mkdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Artifact } from "../../crds/shared.ts";
import { backoffDelay } from "../../operator/kit/backoff.ts";
import { collectGarbage, type Collected, type Keep } from "./collect.ts";
import { digestOfFile, hexOf } from "./digest.ts";
import { freeSpace, requireSpace, type FreeSpace } from "./disk.ts";
import { EngineError, isErrno } from "./errors.ts";
import { lock } from "./lock.ts";
import { publishFile, publishFolder } from "./publish.ts";
import { pull, type PullProgress } from "./pull.ts";
import { resolveSource } from "./source.ts";
import { makeWorkspace, sweepWorkspaces, type Workspace } from "./workspace.ts";

/** What the store takes from the world around it. */
export interface StoreOptions {
  free?: FreeSpace;
  /** Milliseconds since the epoch. */
  now?: () => number;
  random?: () => number;
  /** Silence of a server after which a connection is given up, in milliseconds. */
  silence?: number;
  /** First wait between two attempts to pull, in milliseconds. */
  firstDelay?: number;
}

/** Bounds of one pull. */
export interface PullRequest {
  /** Largest file that is taken, in bytes; default 2 GiB. */
  maxBytes?: number;
  onProgress?: (progress: PullProgress) => void;
  signal?: AbortSignal;
}

const defaults = { maxBytes: 2 ** 31, silence: 30_000, attempts: 5, firstDelay: 1_000, longestDelay: 30_000 };

/**
 * A node's own files: `artifacts/sha256/<hex>` as pulled, `engines/<key>/` as built, `datasets/<hex>/` unpacked,
 * `galleries/<name>/` sealed, `state/` and `events/` of the node, `import/` for files brought by hand, `work/` for what is
 * unfinished, `locks/`. Everything outside `work/` and `locks/` is whole: it got its name when it was finished.
 */
export class Store {
  readonly root: string;
  readonly #options: Required<StoreOptions>;

  constructor(root: string, options: Required<StoreOptions>) {
    this.root = root;
    this.#options = options;
  }

  /** Where engines of a key are or would be. @throws EngineError EngineMissing for what cannot be a key. */
  engineDirectory(key: string): string {
    if (!/^[a-z0-9][a-z0-9-]{0,127}$/.test(key)) {
      throw new EngineError("EngineMissing", `${JSON.stringify(key.slice(0, 128))} is not an engine key`);
    }
    return join(this.root, "engines", key);
  }

  /** Where an unpacked dataset is or would be. */
  datasetDirectory(digest: string): string {
    return join(this.root, "datasets", hexOf(digest));
  }

  /** Where the sealed templates of a gallery are or would be. */
  galleryFile(name: string, version: string, revision: string): string {
    return join(this.root, "galleries", name, `${version}-${revision}.sealed`);
  }

  /** A folder for unfinished work on the store's filesystem, gone when disposed of. */
  makeWorkspace(): Promise<Workspace> {
    return makeWorkspace(join(this.root, "work"));
  }

  /** @throws EngineError DiskFull unless so many bytes can be written. */
  requireSpace(bytes: number): Promise<void> {
    return requireSpace(this.root, bytes, this.#options.free);
  }

  /**
   * The verified local file of an artifact, pulled if need be.
   * @throws EngineError of any reason but those of engines.
   */
  async pull(
    { uri, digest }: Artifact,
    { maxBytes = defaults.maxBytes, ...request }: PullRequest = {},
  ): Promise<string> {
    const path = this.#artifactFile(digest);
    if (await this.#isIntact(path, digest, request.signal)) return path;
    const source = await resolveSource(uri, join(this.root, "import"));
    const { random, firstDelay, silence, free } = this.#options;
    await using work = await this.makeWorkspace();
    const pulled = join(work.path, "artifact");
    await pull(source, pulled, {
      ...request,
      digest,
      maxBytes,
      silence,
      free,
      attempts: defaults.attempts,
      delay: (failures) => backoffDelay({ base: firstDelay, cap: defaults.longestDelay }, failures, random),
    });
    await publishFile(pulled, path);
    return path;
  }

  /**
   * Gives a finished folder its name in the store.
   * @returns false when it was there already, which then counts.
   */
  async publish(folder: string, to: string): Promise<boolean> {
    const published = await publishFolder(folder, to);
    if (!published) await this.markUsed(to);
    return published;
  }

  /** Holds the right to build engines of a key, waiting for another build of this node to end. */
  lockEngine(key: string, signal?: AbortSignal): Promise<AsyncDisposable> {
    const path = join(this.root, "locks", key);
    return lock(path, { patience: 30 * 60_000, now: this.#options.now, ...(signal && { signal }) });
  }

  /** Keeps what is at a path from being collected for the grace period. */
  async markUsed(path: string): Promise<void> {
    const now = new Date(this.#options.now());
    await utimes(path, now, now);
  }

  /** Removes an artifact, and the dataset that was unpacked from it, at once. Whoever reads it meanwhile fails. */
  async forget(digest: string): Promise<void> {
    await using work = await this.makeWorkspace();
    for (const [index, path] of [this.datasetDirectory(digest), this.#artifactFile(digest)].entries()) {
      // Moved first: a folder that is only half removed would count as whole.
      await rename(path, join(work.path, String(index))).catch((error: unknown) => {
        if (!isErrno(error, "ENOENT")) throw error;
      });
    }
  }

  /** Removes engines, artifacts and datasets that are neither kept nor were used within the grace period. */
  collect(keep: Keep): Promise<Collected> {
    const folder = (name: string) => join(this.root, name);
    const folders = {
      engines: folder("engines"),
      artifacts: folder("artifacts/sha256"),
      datasets: folder("datasets"),
      work: folder("work"),
    };
    return collectGarbage(folders, keep, this.#options.now());
  }

  /** Removes all that the node was told, was given, made or still had to tell; what was brought by hand stays. */
  async erase(): Promise<void> {
    await using work = await this.makeWorkspace();
    for (const name of ["state", "galleries", "events", "engines", "datasets", "artifacts"]) {
      // Moved first: what is only half removed would count as whole.
      await rename(join(this.root, name), join(work.path, name)).catch((error: unknown) => {
        if (!isErrno(error, "ENOENT")) throw error;
      });
    }
  }

  #artifactFile(digest: string): string {
    return join(this.root, "artifacts", "sha256", hexOf(digest));
  }

  /** Whether a file is there and hashes to its name; one that does not is removed, so that it is pulled again. */
  async #isIntact(path: string, digest: string, signal?: AbortSignal): Promise<boolean> {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) return false;
    if ((await digestOfFile(path, signal)) === digest) {
      await this.markUsed(path);
      return true;
    }
    await rm(path, { force: true });
    return false;
  }
}

/** Opens the store below `root`, making it if need be, and removes what crashed processes left unfinished. */
export async function openStore(root: string, options: StoreOptions = {}): Promise<Store> {
  const { silence, firstDelay } = defaults;
  const complete = { free: freeSpace, now: Date.now, random: Math.random, silence, firstDelay, ...options };
  const store = new Store(resolve(root), complete);
  await mkdir(join(store.root, "work"), { recursive: true });
  await sweepWorkspaces(join(store.root, "work"), complete.now());
  return store;
}
