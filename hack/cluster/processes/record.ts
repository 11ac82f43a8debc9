import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isErrno } from "../errors.ts";
import { identify, isSame, type ProcessIdentity, signalGroup } from "./identity.ts";

const fileName = "processes.json";
const pollMilliseconds = 50;

/** What is written down of a cluster that is to outlive the process that started it. */
export interface ClusterRecord {
  /** The leaders of its process groups. */
  processes: ProcessIdentity[];
  /** Whether the folder itself was made for the cluster. */
  ownsDirectory: boolean;
}

export async function writeRecord(directory: string, leaders: number[], ownsDirectory: boolean): Promise<void> {
  const processes = (await Promise.all(leaders.map(identify))).filter((each) => each !== undefined);
  const record: ClusterRecord = { processes, ownsDirectory };
  await writeFile(join(directory, fileName), JSON.stringify(record), { mode: 0o600 });
}

/** The record of a cluster, or undefined if there is none in the folder. */
export async function readRecord(directory: string): Promise<ClusterRecord | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, fileName), "utf8")) as ClusterRecord;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** Ends processes with their groups, unless another process now has the number, and waits until they are gone. */
export async function endRecorded(processes: ProcessIdentity[]): Promise<void> {
  for (const each of processes) if (await isSame(each)) signalGroup(each.pid, "SIGKILL");
  for (const each of processes) while (await isSame(each)) await delay(pollMilliseconds);
}
