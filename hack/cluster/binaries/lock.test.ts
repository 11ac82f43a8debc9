import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { withFileLock } from "./lock.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lock-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

test("work under one lock never overlaps, whoever waits is told for whom, and nothing is left", async () => {
  let inside = 0;
  const waitedFor: number[] = [];
  const work = async () => {
    expect(++inside).toBe(1);
    await delay(20);
    inside--;
  };
  const path = join(folder, "a.lock");
  const all = [1, 2, 3].map(() => withFileLock(path, { onWait: (holder) => waitedFor.push(holder) }, work));
  await Promise.all(all);
  expect(waitedFor).toEqual([process.pid, process.pid]);
  expect(await readdir(folder)).toEqual([]);
});

test("the lock of a process that has died is taken over", async () => {
  const dead = spawn("true");
  await once(dead, "exit");
  const path = join(folder, "a.lock");
  await writeFile(path, String(dead.pid));
  expect(await withFileLock(path, {}, () => Promise.resolve("done"))).toBe("done");
});

test("work that fails gives the lock back", async () => {
  const path = join(folder, "a.lock");
  await expect(withFileLock(path, {}, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await readdir(folder)).toEqual([]);
});

test("whoever is told to give up stops waiting", async () => {
  const path = join(folder, "a.lock");
  await writeFile(path, String(process.pid));
  const signal = AbortSignal.abort();
  await expect(withFileLock(path, { signal }, () => Promise.resolve())).rejects.toMatchObject({ name: "AbortError" });
});
