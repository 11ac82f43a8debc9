import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { isErrno } from "../errors.ts";

/** A process as it can be found again later: process ids are used again, start times are not. */
export interface ProcessIdentity {
  pid: number;
  /** Opaque; equal if and only if it is the same process. */
  startTime: string;
}

/** Whether a process of this id exists (a zombie counts). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, "EPERM");
  }
}

/** The identity of a running process, or undefined if there is none. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const startTime = process.platform === "linux" ? await startTimeFromProc(pid) : await startTimeFromPs(pid);
  return startTime ? { pid, startTime } : undefined;
}

/** Whether the very process that was identified still runs. */
export async function isSame(identity: ProcessIdentity): Promise<boolean> {
  return (await identify(identity.pid))?.startTime === identity.startTime;
}

/** Sends a signal to a whole process group; false if it has no process left. */
export function signalGroup(leader: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch (error) {
    if (isErrno(error, "ESRCH")) return false;
    throw error;
  }
}

/** Field 22 of /proc/PID/stat (proc(5)), counted after the command's name, which may hold spaces. */
async function startTimeFromProc(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

async function startTimeFromPs(pid: number): Promise<string | undefined> {
  const result = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)]).catch(() => undefined);
  return result?.stdout.trim();
}
