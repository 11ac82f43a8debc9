import { mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { validNodeRuntime } from "../../test/support/builders.ts";
import { createLogger } from "../../operator/kit/log.ts";
import { openStore, type Store } from "../engine/store.ts";
import { readState, stateFile, StateWriter, type State } from "./state.ts";

const log = createLogger({ name: "test", level: "silent" });
const { spec, metadata } = validNodeRuntime();
const state = (generation: number): State => ({ format: 1, uid: metadata.uid, generation, spec });
const record = { id: "one", startedAt: "2026-01-01T00:00:00.000Z", probes: 3, tallies: { ProbeIdentity: "0:3" } };

let folder: string;
let store: Store;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "state-"));
  store = await openStore(folder);
  file = stateFile(store, "orin-1");
});
afterEach(() => rm(folder, { recursive: true }));

async function write(...states: State[]): Promise<void> {
  await using writer = new StateWriter(file, undefined, { store, log });
  for (const each of states) writer.write(each);
}

describe("the state of a node", () => {
  test("is read as it was written, the newest of many", async () => {
    const last = { ...state(9), trial: record };
    await write(...[1, 2, 3].map(state), last);
    expect(await readState(file, log)).toEqual(last);
  });

  test("is none before the first run", async () => {
    expect(await readState(file, log)).toBeUndefined();
  });

  test.each<[string, (text: string) => Promise<void>]>([
    ["is cut short", (text) => truncate(file, Math.floor(text.length / 2))],
    ["is empty", () => truncate(file, 0)],
    ["is of another version", (text) => writeFile(file, text.replace('"format":1', '"format":2'))],
    ["names no object", (text) => writeFile(file, text.replace(/"uid":"[^"]*",/, ""))],
    ["holds evidence that is none", (text) => writeFile(file, text.replace("0:3", "0:-3"))],
    ["holds a spec that this build does not know", (text) => writeFile(file, text.replace('"HTTP"', '"Telepathy"'))],
  ])("is left aside when it %s", async (_, damage) => {
    await write({ ...state(1), trial: record });
    const text = await readFile(file, "utf8");
    await rm(file);
    await writeFile(file, text);
    expect(await readState(file, log)).toBeDefined();
    await damage(text);
    expect(await readState(file, log)).toBeUndefined();
  });

  test("is for the runtime's eyes only", async () => {
    await write(state(1));
    expect((await stat(dirname(file))).mode & 0o077).toBe(0);
  });

  test("is not written again when it is as before, also by the run before", async () => {
    await write(state(1));
    const { ino } = await stat(file);
    {
      await using writer = new StateWriter(file, await readState(file, log), { store, log });
      for (let count = 0; count < 3; count += 1) writer.write(JSON.parse(JSON.stringify(state(1))) as State);
    }
    expect((await stat(file)).ino).toBe(ino);
  });

  test("is written once the disk takes it again", async () => {
    const attempts: string[] = [];
    const full: Store = Object.create(store, {
      makeWorkspace: {
        value: () => {
          attempts.push("attempt");
          return attempts.length === 1 ? Promise.reject(new Error("no space left")) : store.makeWorkspace();
        },
      },
    }) as Store;
    await using writer = new StateWriter(file, undefined, { store: full, log });
    writer.write(state(1));
    while (attempts.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    writer.write(state(1));
    await writer[Symbol.asyncDispose]();
    expect([attempts.length, await readState(file, log)]).toEqual([2, state(1)]);
  });
});
