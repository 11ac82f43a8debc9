import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { chooseTopics, findTopics, runCheck, type Topic } from "./checks.ts";
import type { Check, Context } from "./context.ts";
import type { Row } from "./row.ts";

const context: Omit<Context, "scratch"> = {
  models: [],
  references: [],
  faceModels: [],
  detectors: [],
  signal: new AbortController().signal,
  progress: () => undefined,
  python: () => Promise.reject(new Error("there is no Python here")),
};
const row: Row = { topic: "stars", name: "sun", ours: 1, theirs: 1, bound: "equal", ok: true };
async function* nothing(): AsyncGenerator<Row> {
  yield* await Promise.resolve([]);
}
const topicOf = (rows: Check["rows"]): Topic => ({ topic: "stars", load: () => Promise.resolve({ rows }) });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "facefleet-checks-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("each file of the folder is a topic, its tests and folders are not", async () => {
  for (const file of ["b.ts", "a.ts", "a.test.ts"]) await writeFile(join(folder, file), "");
  expect((await findTopics(folder)).map(({ topic }) => topic)).toEqual(["a", "b"]);
});

test("a topic that is not there is refused by name, with those that are", () => {
  const topics = [topicOf(nothing)];
  expect(() => chooseTopics(topics, ["planets"])).toThrow("--only planets: there is no such topic; there are stars");
  expect(chooseTopics(topics, ["stars"])).toEqual(topics);
  expect(chooseTopics(topics, [])).toEqual(topics);
});

test("a check gives its rows and its folder is removed", async () => {
  let scratch = "";
  const topic = topicOf(async function* (given) {
    scratch = given.scratch;
    await writeFile(join(scratch, "something"), "");
    yield row;
  });
  expect(await runCheck(topic, context)).toEqual([row]);
  await expect(readdir(scratch)).rejects.toThrow("ENOENT");
});

test("a check that finds nothing is out of bounds", async () => {
  const rows = await runCheck(topicOf(nothing), context);
  expect(rows).toMatchObject([{ topic: "stars", ours: "found no row", ok: false }]);
});

test("a check that throws keeps what it found and is out of bounds", async () => {
  const topic = topicOf(async function* () {
    yield Promise.resolve(row);
    throw new Error("clouds");
  });
  expect(await runCheck(topic, context)).toMatchObject([row, { ours: "failed: clouds", ok: false }]);
});

test("an interruption ends the check and is no row", async () => {
  const interruption = new AbortController();
  const topic = topicOf(async function* () {
    yield Promise.resolve(row);
    interruption.abort(new Error("enough"));
    yield row;
  });
  await expect(runCheck(topic, { ...context, signal: interruption.signal })).rejects.toThrow("enough");
});
