import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { identify, isAlive } from "./identity.ts";
import { endRecorded, readRecord, writeRecord } from "./record.ts";

function sleeper() {
  const child = spawn("sleep", ["1000"], { detached: true });
  return { pid: child.pid!, ended: once(child, "exit") };
}

test("a record is read as it was written, without the processes that had ended", async () => {
  const folder = await mkdtemp(join(tmpdir(), "record-"));
  const [first, gone] = [sleeper(), sleeper()];
  process.kill(gone.pid);
  await gone.ended;
  expect(await readRecord(folder)).toBeUndefined();
  await writeRecord(folder, [first.pid, gone.pid], true);
  expect(await readRecord(folder)).toEqual({ processes: [await identify(first.pid)], ownsDirectory: true });
  process.kill(first.pid);
  await rm(folder, { recursive: true });
});

test("recorded processes are ended, but not one that only has the number of a recorded one", async () => {
  const [ours, other] = [sleeper(), sleeper()];
  await endRecorded([(await identify(ours.pid))!, { pid: other.pid, startTime: "long ago" }]);
  expect(await ours.ended).toEqual([null, "SIGKILL"]);
  expect(isAlive(other.pid)).toBe(true);
  process.kill(other.pid);
});
