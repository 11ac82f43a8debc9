import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { appendFile, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeModel } from "../../runtime/graph/codec/decode.ts";
import { buildModels, type BuiltModels } from "./build-models.ts";
import { recipes, type ModelName } from "./recipes.ts";

const names = Object.keys(recipes) as ModelName[];
let directory: string;
let built: BuiltModels;
const seen: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "facefleet-models-"));
  built = await buildModels({
    directory,
    onProgress: ({ name, done, total }) => seen.push(`${done}/${total} ${name}`),
  });
});

afterAll(() => rm(directory, { recursive: true }));

const modified = async (name: ModelName): Promise<number> => (await stat(built[name].path)).mtimeMs;

describe("models on disk", () => {
  test("are all there, with nothing else beside the index", async () => {
    expect((await readdir(directory)).sort()).toEqual([...names.map((name) => `${name}.onnx`), "index.json"].sort());
    expect(seen).toEqual(names.map((name, i) => `${i + 1}/${names.length} ${name}`));
  });

  test.each(names)("%s has the digest and the size that were given", async (name) => {
    const content = await readFile(built[name].path);
    expect(built[name].digest).toBe(`sha256:${createHash("sha256").update(content).digest("hex")}`);
    expect(built[name].bytes).toBe(content.length);
    expect(decodeModel(content).producerName).toBe("facefleet");
  });

  test("are not written again", async () => {
    const before = await Promise.all(names.map(modified));
    expect(await buildModels({ directory })).toEqual(built);
    expect(await Promise.all(names.map(modified))).toEqual(before);
  });

  test("are mended when one was changed or lost", async () => {
    await appendFile(built["face-landmarks"].path, "x");
    await rm(built["face-recognition-damaged"].path);
    expect(await buildModels({ directory })).toEqual(built);
    expect((await stat(built["face-landmarks"].path)).size).toBe(built["face-landmarks"].bytes);
  });

  test("leave nothing half-written when interrupted", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "facefleet-models-"));
    const interrupted = new AbortController();
    const building = buildModels({
      directory: elsewhere,
      signal: interrupted.signal,
      onProgress: ({ done }) => done === 2 && interrupted.abort(),
    });
    await expect(building).rejects.toThrow(/abort/);
    expect(await readdir(elsewhere)).toEqual(["face-landmarks.onnx", "tiny-face-detector.onnx"]);
    await rm(elsewhere, { recursive: true });
  });
});
