import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { runPython } from "./python.ts";

// Any interpreter will do: Node is there.
const interpreter = process.execPath;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "facefleet-python-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function script(source: string): Promise<string> {
  const path = join(folder, "script.mjs");
  await writeFile(path, source);
  return path;
}

test("JSON goes in and comes out; what is printed beside it is progress", async () => {
  const path = await script(`
    import { text } from "node:stream/consumers";
    const { values } = JSON.parse(await text(process.stdin));
    console.error("halfway");
    console.log(JSON.stringify(values.reduce((sum, value) => sum + value)));`);
  const progress: string[] = [];
  expect(await runPython(path, { values: [1, 2, 3] }, { interpreter, progress: (line) => progress.push(line) })).toBe(
    6,
  );
  expect(progress).toEqual(["halfway"]);
});

test.each([
  {
    name: "one that fails is told with what it printed",
    source: `console.error("no torch"); process.exit(3)`,
    says: /script.mjs exited with 3\nno torch/,
  },
  {
    name: "one that prints no JSON is told with what it printed",
    source: `console.log("done")`,
    says: /script.mjs printed no JSON: done/,
  },
])("$name", async ({ source, says }) => {
  await expect(runPython(await script(source), {}, { interpreter, progress: () => undefined })).rejects.toThrow(says);
});

test("an interruption ends the script", async () => {
  const interruption = new AbortController();
  const path = await script(`console.error("ready"); setInterval(() => {}, 1000)`);
  const run = runPython(
    path,
    {},
    {
      interpreter,
      signal: interruption.signal,
      progress: () => interruption.abort(new Error("enough")),
    },
  );
  await expect(run).rejects.toThrow("enough");
});
