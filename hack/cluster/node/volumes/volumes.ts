import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ApiClient } from "../../api/client.ts";
import type { Pod, Volume } from "../../api/wire.ts";
import { messageOf } from "../../errors.ts";
import type { PodPlacement } from "../pod/downward.ts";
import { type Lookup, MissingReferenceError } from "../pod/references.ts";
import { prepareHostPath } from "./host-path.ts";
import { volumeFiles } from "./layout.ts";
import { publishFiles } from "./publish.ts";
import { type IssuedToken, PodTokens } from "./token.ts";

export interface VolumesOptions {
  api: ApiClient;
  /** The pod as it is now: its labels may change while it runs. */
  pod: () => Pod;
  placement: PodPlacement;
  lookup: Lookup;
  hostRoot: string;
  directory: string;
  signal: AbortSignal;
  /** Told when a token was renewed. */
  onChange: () => void;
}

/** The volumes of one pod: where each lies, and how its files follow the objects they come from. */
export class PodVolumes {
  /** Where each volume lies on this machine. */
  readonly paths = new Map<string, string>();
  readonly tokens: PodTokens;
  readonly #options: VolumesOptions;
  #publishing: Promise<void> = Promise.resolve();

  constructor(options: VolumesOptions) {
    this.#options = options;
    this.tokens = new PodTokens(options.api, options.onChange, options.signal);
  }

  /**
   * Sets every volume up.
   * @throws MissingReferenceError if something is missing; it may be called again.
   */
  async setUp(): Promise<void> {
    for (const volume of this.#options.pod().spec.volumes ?? []) {
      this.paths.set(volume.name, await this.#setUpOne(volume));
    }
  }

  /** Writes what has changed; what is missing now keeps its last files. Calls run one after the other. */
  refresh(): Promise<void> {
    this.#publishing = this.#publishing.then(async () => {
      for (const volume of this.#options.pod().spec.volumes ?? []) {
        await this.#publish(volume).catch((error: unknown) => {
          if (!(error instanceof MissingReferenceError)) throw error;
        });
      }
    });
    return this.#publishing;
  }

  /** Removes what lies in the pod's own folder. */
  async tearDown(): Promise<void> {
    await this.#publishing.catch(() => undefined);
    await rm(this.#options.directory, { recursive: true, force: true });
  }

  async #setUpOne(volume: Volume): Promise<string> {
    const { hostRoot, directory } = this.#options;
    if (volume.hostPath) return prepareHostPath(hostRoot, volume.hostPath);
    const path = join(directory, volume.name);
    await mkdir(path, { recursive: true });
    if (volume.emptyDir) return path;
    for (const source of volume.projected?.sources ?? []) {
      if (source.serviceAccountToken) await this.#holdToken(source.serviceAccountToken);
    }
    if (!(await this.#publish(volume))) {
      throw new MissingReferenceError(`volume ${volume.name} is of a type that a process node does not know`);
    }
    return path;
  }

  async #holdToken(source: Parameters<PodTokens["hold"]>[1]): Promise<void> {
    await this.tokens.hold(this.#options.pod(), source).catch((error: unknown) => {
      throw new MissingReferenceError(`failed to fetch token: ${messageOf(error)}`);
    });
  }

  async #publish(volume: Volume): Promise<boolean> {
    const { pod, placement, lookup, directory } = this.#options;
    const token = (key: string): IssuedToken["token"] | undefined => this.tokens.get(key)?.token;
    const files = volumeFiles(volume, { pod: pod(), placement, lookup, token });
    if (files) await publishFiles(join(directory, volume.name), files);
    return files !== undefined;
  }
}
