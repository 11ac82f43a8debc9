import { readFile } from "node:fs/promises";

/** What a process has taken so far. */
export interface Usage {
  /** Of processor time: a busy machine makes no case slow. */
  readonly milliseconds: number;
  readonly megabytes: number;
}

/** USER_HZ and the page size of Linux on every processor that Node runs on. */
const [ticksPerSecond, pageBytes] = [100, 4096];

/** What Linux tells of a process (proc_pid_stat(5)); undefined elsewhere, and when the process has ended. */
export async function usageOf(pid: number): Promise<Usage | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  // The second field is the command in parentheses, which may hold anything; the third follows the last of them.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    milliseconds: ((field(14) + field(15)) / ticksPerSecond) * 1000,
    megabytes: (field(24) * pageBytes) / 1e6,
  };
}
