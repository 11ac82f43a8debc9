import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { digestOf, hexOf } from "./digest.ts";
import { isErrno } from "./errors.ts";

/** A process as files in the store name it: process ids mean something only within one boot and one pid namespace. */
export interface Owner {
  /** Stands for the boot of the kernel. */
  readonly boot: string;
  /** Stands for the pid namespace: two containers of a node have different ones. */
  readonly space: string;
  readonly pid: number;
}

/** Time after which an owner that cannot be looked up and gave no sign of life is taken for dead, in milliseconds. */
export const silenceLimit = 10 * 60_000;

/** How often an owner gives a sign of life by touching its file, in milliseconds. */
export const heartbeat = 60_000;

/** This process. */
export const self: Owner = {
  boot: short(attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"), hostname())),
  space: short(attempt(() => readlinkSync("/proc/self/ns/pid"), hostname())),
  pid: process.pid,
};

/** A new file name that tells its owner. */
export function ownedName(owner: Owner = self): string {
  return [owner.boot, owner.space, owner.pid, randomBytes(6).toString("hex")].join("-");
}

/** The owner that a name made by `ownedName` tells, or undefined. */
export function ownerOf(name: string): Owner | undefined {
  const [, boot, space, pid] = /^([0-9a-f]{8})-([0-9a-f]{8})-([0-9]{1,10})-[0-9a-f]{12}$/.exec(name) ?? [];
  return boot === undefined ? undefined : { boot, space: space!, pid: Number(pid) };
}

/** What is known about a file whose owner may be gone. */
export interface Trace {
  readonly owner: Owner | undefined;
  /** Milliseconds since the owner's last sign of life. */
  readonly silentFor: number;
  /** Whether this very process uses the file. */
  readonly ours: boolean;
}

/**
 * Whether nobody uses a file any more: its owner ran before the last boot, or is a process of this pid namespace that
 * has ended, or is out of sight and silent.
 */
export function isAbandoned({ owner, silentFor, ours }: Trace, me: Owner, isAlive: (pid: number) => boolean): boolean {
  if (ours) return false;
  if (owner === undefined) return silentFor > silenceLimit;
  if (owner.boot !== me.boot) return true;
  if (owner.space !== me.space) return silentFor > silenceLimit;
  return owner.pid === me.pid || !isAlive(owner.pid);
}

/** Whether a process of this pid namespace runs. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return isErrno(error, "EPERM");
  }
}

function short(text: string): string {
  return hexOf(digestOf(text.trim())).slice(0, 8);
}

function attempt(read: () => string, otherwise: string): string {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
