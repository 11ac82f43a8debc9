import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startGuarded } from "./guard.ts";
import { isAlive } from "./identity.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "guard-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const shell = (script: string) => ({
  command: ["/bin/sh", "-c", script],
  environment: { PATH: process.env.PATH ?? "" },
  workingDirectory: folder,
  output: { file: join(folder, "log") },
});

/** What a script has written once it is not nothing. */
async function written(file: string): Promise<string> {
  for (;;) {
    const content = await readFile(join(folder, file), "utf8").catch(() => "");
    if (content.endsWith("\n")) return content.trim();
    await delay(10);
  }
}

test.each([
  ["its exit code", "exit 7", { code: 7 }],
  ["the signal that ended it", "kill -s TERM $$", { code: 143, signal: "SIGTERM" }],
])("a program ends with %s", async (_, script, expected) => {
  expect(await (await startGuarded(shell(script))).exited).toEqual(expected);
});

test("a signal reaches the program alone, which may answer it", async () => {
  const program = await startGuarded(shell("trap 'exit 5' TERM; echo up; while :; do sleep 0.02; done"));
  await written("log");
  program.signal("SIGTERM");
  expect(await program.exited).toEqual({ code: 5 });
});

test.each(["exit 0", "while :; do sleep 0.02; done"])("what a program started ends with it: %s", async (end) => {
  const program = await startGuarded(shell(`sleep 1000 & echo $! > child; ${end}`));
  const child = Number(await written("child"));
  await program.kill();
  while (isAlive(child)) await delay(10); // the test's time limit is the judge
});

test("both streams are heard separately", async () => {
  const heard: Promise<string>[] = [];
  const streams = (stdout: Readable, stderr: Readable) => heard.push(text(stdout), text(stderr));
  await (
    await startGuarded({ ...shell("echo out; echo err >&2"), output: { streams } })
  ).exited;
  expect(await Promise.all(heard)).toEqual(["out\n", "err\n"]);
});

test("a program that cannot be started is an error", async () => {
  const nowhere = { ...shell("true"), workingDirectory: join(folder, "nowhere") };
  await expect(startGuarded(nowhere)).rejects.toMatchObject({ code: "ENOENT" });
});
