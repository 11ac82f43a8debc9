import type { ContainerRecord } from "./status.ts";

/** A container runtime that lost a process to a power cut reports this. */
const lost = { exitCode: 255, reason: "Unknown" };

/**
 * What a container's record says after the node has come back: what ran has ended, and what waited to be started
 * again is where it was before the wait.
 */
export function recoverRecord(record: ContainerRecord, now: string): ContainerRecord {
  const { running, waiting } = record.state;
  const stopped = { ...record, started: false, ready: false };
  if (running) {
    const terminated = { ...lost, ...(running.startedAt && { startedAt: running.startedAt }), finishedAt: now };
    return { ...stopped, state: { terminated } };
  }
  if (waiting && record.lastState?.terminated) return { ...stopped, state: record.lastState };
  return stopped;
}
