import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ContainerRecord } from "./status.ts";

/** What is kept on the node's disk of a pod, so that a node that comes back knows how often its containers have run. */
export interface PodMemory {
  startTime: string;
  initContainers: ContainerRecord[];
  containers: ContainerRecord[];
}

const fileName = "memory.json";

/** Reads what is remembered of every pod, by UID. What cannot be read is forgotten. */
export async function recallPods(directory: string): Promise<Map<string, PodMemory>> {
  const uids = await readdir(directory).catch(() => []);
  const recalled = await Promise.all(uids.map(async (uid) => [uid, await recall(join(directory, uid))] as const));
  return new Map(recalled.filter((entry): entry is [string, PodMemory] => entry[1] !== undefined));
}

async function recall(directory: string): Promise<PodMemory | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, fileName), "utf8")) as PodMemory;
  } catch {
    return undefined;
  }
}

/** Writes a pod's memory down; the last of several that come at once is the one that stays. */
export class MemoryKeeper {
  readonly #directory: string;
  #next: PodMemory | undefined;
  #writing: Promise<void> | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  remember(memory: PodMemory): void {
    this.#next = memory;
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  /** Resolves when nothing is left to write. */
  async settled(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#next) {
      const text = JSON.stringify(this.#next);
      this.#next = undefined;
      await mkdir(this.#directory, { recursive: true });
      const path = join(this.#directory, fileName);
      await writeFile(`${path}.draft`, text);
      await rename(`${path}.draft`, path);
    }
  }
}
