import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { readFolder } from "./folder.ts";
import type { SourceState } from "./source.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "folder-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (name: string, text = name) => writeFile(join(folder, name), text);

/** Frames as texts until there are so many; `onFrame` may change the folder meanwhile. */
async function read(count: number, onFrame?: (text: string) => Promise<void>) {
  const stop = new AbortController();
  const states: SourceState["state"][] = [];
  const texts: string[] = [];
  const source = readFolder({
    url: pathToFileURL(folder).href,
    framesPerSecond: 1000,
    onState: ({ state }) => {
      if (state !== states.at(-1)) states.push(state);
      if (state === "Failed" && count === 0) stop.abort();
    },
    signal: stop.signal,
  });
  for await (const { bytes } of source) {
    texts.push(Buffer.from(bytes).toString());
    if (texts.length === count) stop.abort();
    await onFrame?.(texts.at(-1)!);
  }
  return { texts, states };
}

describe("a folder of pictures", () => {
  test("is played in the order of its names, over and over, and what is no picture is left out", async () => {
    for (const name of ["b.png", "a.jpg", "notes.txt", "c.WEBP"]) await write(name);
    await mkdir(join(folder, "d.jpg"));
    expect(await read(5)).toEqual({ texts: ["a.jpg", "b.png", "c.WEBP", "a.jpg", "b.png"], states: ["Streaming"] });
  });

  test("may lose and gain pictures while it is played", async () => {
    for (const name of ["a.jpg", "b.jpg"]) await write(name);
    const change = async (text: string) => {
      if (text !== "a.jpg") return;
      await rm(join(folder, "b.jpg"), { force: true });
      await write("c.jpg");
    };
    expect((await read(3, change)).texts).toEqual(["a.jpg", "a.jpg", "c.jpg"]);
  });

  test("that is empty is called failed", async () => {
    expect((await read(0)).states).toEqual(["Failed"]);
  });

  test("that is not there is called failed", async () => {
    await rm(folder, { recursive: true });
    expect((await read(0)).states).toEqual(["Failed"]);
  });

  test("holds no picture too large to be read", async () => {
    await write("a.jpg");
    await write("b.jpg", "");
    await truncate(join(folder, "b.jpg"), 2 ** 30);
    expect((await read(2)).texts).toEqual(["a.jpg", "a.jpg"]);
  });
});
