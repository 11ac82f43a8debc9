import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ContainerLog, formatLogLine, logTail, readLogLines } from "./log.ts";

const folder = mkdtempSync(join(tmpdir(), "log-"));
afterAll(() => rmSync(folder, { recursive: true }));

let number = 0;
async function write(chunks: (string | Buffer)[], maximumBytes = 1e6): Promise<string> {
  const path = join(folder, `${++number}.log`);
  const log = new ContainerLog(path, maximumBytes);
  const stream = new PassThrough();
  log.attach("stdout", stream);
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await log.ended();
  return path;
}

const printed = (path: string) =>
  readLogLines(path)
    .map((line) => formatLogLine(line, {}))
    .join("");

test("however a text is cut into chunks, even within a character, it is printed as it was written", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.array(fc.nat(40)), async (text, cuts) => {
      const bytes = Buffer.from(`${text.replaceAll("\r", "")}\n`);
      const places = [0, ...cuts.filter((each) => each < bytes.length).sort((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      expect(printed(await write(chunks))).toBe(bytes.toString("utf8"));
    }),
    { numRuns: 50 },
  );
});

test("a last line without an end, and a very long line, are kept", async () => {
  const long = "x".repeat(40_000);
  expect(printed(await write([long, "\n", "end"]))).toBe(`${long}\nend\n`);
});

test("two files bound a log, and the newest lines are the ones that stay", async () => {
  const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}\n`);
  const path = await write(lines, 10_000);
  const size = statSync(path).size + statSync(`${path}.1`).size;
  expect(size).toBeLessThan(11_000);
  expect(printed(path).endsWith("line 998\nline 999\n")).toBe(true);
});

test("a follower gets the past, then what comes, then the end", async () => {
  const log = new ContainerLog(join(folder, "followed.log"), 1e6);
  const stream = new PassThrough();
  log.attach("stderr", stream);
  stream.write("one\n");
  await new Promise(setImmediate);
  const heard: string[] = [];
  const end = new Promise<void>((resolve) => {
    log.follow((line) => heard.push(formatLogLine(line, {})!), resolve, new AbortController().signal);
  });
  stream.end("two\n");
  await end;
  expect(heard).toEqual(["one\n", "two\n"]);
});

test.each([
  ["as it is", {}, "hello\n"],
  ["with its time", { timestamps: true }, "2026-01-02T03:04:05.678Z hello\n"],
  ["if it is new enough", { since: new Date("2026-01-02T03:04:05Z") }, "hello\n"],
  ["and not if it is too old", { since: new Date("2026-01-02T03:04:06Z") }, undefined],
])("a line is printed %s", (_, query, expected) => {
  expect(formatLogLine("2026-01-02T03:04:05.678Z stdout F hello", query)).toBe(expected);
});

test("the tail that serves as a termination message is bounded in lines and bytes", async () => {
  expect(logTail(await write(Array.from({ length: 100 }, (_, index) => `${index}\n`))).split("\n")).toHaveLength(81);
  expect(logTail(await write(Array.from({ length: 100 }, () => `${"x".repeat(100)}\n`)))).toHaveLength(2048);
});
