import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Manifest } from "../engine/manifest.ts";
import { buildTinyEngines, side } from "../engine/tiny-models.fake.ts";
import { blankImage, type RgbImage } from "../faces/image.ts";
import type { Want } from "./analysis.ts";
import { loadAnalyzer, type Analyzer } from "./analyzer.ts";

const all: Want = { identity: true, expression: true };

let folder: string;
let analyzer: Analyzer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "analyzer-"));
  await buildTinyEngines(join(folder, "engine"));
  analyzer = await loadAnalyzer(join(folder, "engine"));
});

afterAll(async () => {
  await analyzer[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** A picture of one color. */
function plain(color: readonly [number, number, number], [width, height] = [side, side]): RgbImage {
  const image = blankImage(width, height);
  for (let k = 0; k < image.data.length; k++) image.data[k] = color[k % 3]!;
  return image;
}

async function runsOf(want: Want, color: readonly [number, number, number] = [200, 0, 0]) {
  const { timings } = await analyzer.analyze(plain(color), want);
  return Object.fromEntries(timings.map(({ network, runs }) => [network, runs]));
}

describe("an analyzer", () => {
  test("finds a face and says who it is and how it looks", async () => {
    const { faces } = await analyzer.analyze(plain([200, 90, 30]), all);
    expect(faces).toHaveLength(1);
    const { box, embedding, expression } = faces[0]!;
    for (const [name, value] of Object.entries({ x: 8, y: 8, width: 16, height: 16 })) {
      expect(box[name as "x"]).toBeCloseTo(value, 3);
    }
    expect([...embedding!].map(Math.round)).toEqual([200, 90, 30]);
    expect(expression).toMatchObject({ label: "red", reported: true });
  });

  test("gives boxes in pixels of the picture, whatever its size", async () => {
    const { faces } = await analyzer.analyze(plain([250, 90, 30], [320, 320]), all);
    expect(faces[0]!.box.x).toBeCloseTo(80, 2);
    expect(faces[0]!.box.width).toBeCloseTo(160, 2);
  });

  test("takes pictures on memory that is not shared", async () => {
    const { width, height, data } = plain([200, 0, 0]);
    const { faces } = await analyzer.analyze({ width, height, data: Uint8Array.from(data) }, all);
    expect(faces).toHaveLength(1);
  });

  test.each([
    ["nothing", { identity: false, expression: false }, { detector: 1, recognizer: 0, expression: 0 }],
    ["identity only", { identity: true, expression: false }, { detector: 1, recognizer: 1, expression: 0 }],
    ["expression only", { identity: false, expression: true }, { detector: 1, recognizer: 0, expression: 1 }],
    ["both", all, { detector: 1, recognizer: 1, expression: 1 }],
  ])("runs no network whose answer is not wanted: %s", async (_, want, runs) => {
    expect(await runsOf(want)).toEqual(runs);
  });

  test("runs no network on faces when there is no face", async () => {
    expect(await runsOf(all, [10, 200, 0])).toEqual({ detector: 1, recognizer: 0, expression: 0 });
  });

  test.each([
    ["in it", { x: 0, y: 0, width: 0.5, height: 1 }, 1],
    ["out of it", { x: 0.5, y: 0, width: 0.5, height: 1 }, 0],
  ])("looks for faces in a region only: red %s", async (_, region, count) => {
    const image = plain([0, 0, 0], [64, 32]);
    for (let row = 0; row < 32; row++) {
      for (let column = 0; column < 32; column++) image.data[3 * (64 * row + column)] = 200;
    }
    const { faces } = await analyzer.analyze(image, { ...all, regions: [region] });
    expect(faces).toHaveLength(count);
  });

  test("answers calls in their order", async () => {
    const reds = [150, 160, 170, 180, 190];
    const answers = await Promise.all(reds.map((red) => analyzer.analyze(plain([red, 0, 0]), all)));
    expect(answers.map(({ faces }) => Math.round(faces[0]!.embedding![0]!))).toEqual(reds);
  });

  test("refuses an image whose size is not its data's, and goes on", async () => {
    const image = { width: 3, height: 3, data: new Uint8Array(5) };
    await expect(analyzer.analyze(image, all)).rejects.toThrow("an image of 3 by 3 pixels with 5 bytes");
    expect((await analyzer.analyze(plain([200, 0, 0]), all)).faces).toHaveLength(1);
  });
});

describe("an analyzer that ends", () => {
  const load = (options = {}) => loadAnalyzer(join(folder, "engine"), options);

  test("rejects waiting and later calls when it is disposed of", async () => {
    const own = await load();
    const waiting = own.analyze(plain([200, 0, 0], [640, 640]), all);
    const ended = own[Symbol.asyncDispose]();
    await expect(waiting).rejects.toMatchObject({ name: "AnalyzerFailed", engineKey: "tiny" });
    await ended;
    await expect(own.analyze(plain([200, 0, 0]), all)).rejects.toThrow("was disposed of");
  });

  test("rejects waiting and later calls, and tells, when it gives no answer in time", async () => {
    await using own = await load({ frameTimeout: 1 });
    const image = plain([200, 0, 0], [3000, 3000]);
    const waiting = Promise.allSettled([own.analyze(image, all), own.analyze(image, all)]);
    expect((await own.failed).message).toBe("the analyzer of engines tiny gave no answer in 1 ms");
    expect((await waiting).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    await expect(own.analyze(plain([200, 0, 0]), all)).rejects.toThrow("gave no answer");
  });

  test("rejects waiting calls, and tells, when its worker fails on a frame", async () => {
    const path = join(folder, "unreadable");
    await buildTinyEngines(path);
    const text = await readFile(join(path, "manifest.json"), "utf8");
    await writeFile(join(path, "manifest.json"), text.replace("TinyYolo2", "YuNet"));
    await using own = await loadAnalyzer(path);
    const broken = own.analyze(plain([200, 0, 0]), all);
    await expect(broken).rejects.toThrow("decoder YuNet cannot read this output: it takes twelve tensors");
    expect(await own.failed).toMatchObject({ name: "AnalyzerFailed", engineKey: "tiny" });
  });
});

describe("engines are not loaded", () => {
  const load = (name: string, options = {}) => loadAnalyzer(join(folder, name), options);

  test("when they are not there", async () => {
    await expect(load("absent")).rejects.toMatchObject({ name: "EngineError", reason: "EngineMissing" });
  });

  test("when a byte of one was changed", async () => {
    await buildTinyEngines(join(folder, "altered"));
    await appendFile(join(folder, "altered", "recognizer.onnx"), "x");
    await expect(load("altered")).rejects.toMatchObject({ reason: "EngineCorrupted" });
  });

  test.each([
    ["is no JSON", () => "{", "EngineCorrupted"],
    ["misses a network's engine", (text: string) => without(text, "engines"), "EngineCorrupted"],
    ["misses a golden answer", (text: string) => without(text, "golden"), "EngineCorrupted"],
    ["names another backend", (text: string) => text.replace('"ONNXRuntime"', '"TensorRT"'), "BackendUnavailable"],
    ["holds another golden answer", (text: string) => withRaisedGolden(text), "GoldenMismatch"],
  ])("when the manifest %s", async (problem, change, reason) => {
    const name = problem.replaceAll(" ", "-").replaceAll("'", "");
    await buildTinyEngines(join(folder, name));
    const path = join(folder, name, "manifest.json");
    await writeFile(path, change(await readFile(path, "utf8")));
    await expect(load(name)).rejects.toMatchObject({ name: "EngineError", reason });
  });

  test("when the load is aborted", async () => {
    const stop = new AbortController();
    const loading = load("engine", { signal: stop.signal });
    stop.abort(new Error("stopped"));
    await expect(loading).rejects.toThrow("stopped");
  });
});

function without(text: string, list: "engines" | "golden"): string {
  const manifest = Manifest.parse(JSON.parse(text));
  return JSON.stringify({ ...manifest, [list]: manifest[list].slice(0, -1) });
}

function withRaisedGolden(text: string): string {
  const manifest = Manifest.parse(JSON.parse(text));
  manifest.golden[1]!.outputs[0]!.values[0]! += 1;
  return JSON.stringify(manifest);
}
