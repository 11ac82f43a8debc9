import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
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

/**
 * Writes a pod's memory down before anything else happens, so that whoever has heard of a container's run will find
 * it remembered after a power loss.
 */
export function remember(directory: string, memory: PodMemory): void {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, fileName);
  writeFileSync(`${path}.draft`, JSON.stringify(memory));
  renameSync(`${path}.draft`, path);
}
