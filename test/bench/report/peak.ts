import { readFileSync } from "node:fs";

/**
 * The most memory that this process has had resident since it began, in bytes. Not by getrusage: what that says of a
 * process begins with what its parent had.
 */
export function peakMemory(): number {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))!;
  return Number(kibibytes) * 1024;
}
