import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { LENSES } from "../camera/sensors.ts";
import { drawScene, type SceneFrame } from "./draw-scene.ts";
import { showingAt, waypointAt } from "./motion.ts";
import { prepareScenes } from "./prepare-scenes.ts";
import { quickstartScripts } from "./quickstart.ts";
import { frameCount, type Script, type Visit } from "./script.ts";

const VISIT: Visit = {
  person: { id: "ada", seed: 1 },
  path: [
    { at: 1, x: -0.3, y: 0.5, size: 40, yaw: 0.3 },
    { at: 2, x: 0.5, y: 0.5, size: 40, yaw: 0 },
    { at: 4, x: 1.3, y: 0.5, size: 40, yaw: 0.3 },
  ],
  feels: [{ at: 2, name: "happy", strength: 0.8 }],
};

const SCRIPT: Script = {
  camera: "door",
  width: 96,
  height: 80,
  fps: 2,
  seconds: 5,
  seed: 5,
  ...LENSES.clean,
  visits: [VISIT],
};

async function framesOf(script: Script): Promise<SceneFrame[]> {
  const frames: SceneFrame[] = [];
  for await (const frame of drawScene(script)) frames.push(frame);
  return frames;
}

describe("a scene", () => {
  let frames: SceneFrame[];
  beforeAll(async () => {
    frames = await framesOf(SCRIPT);
  });

  test("has a frame for each moment of its loop, of the size that the script asks for", async () => {
    expect(frames.map(({ at }) => at)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5]);
    const { width, height, format } = await sharp(frames[0]!.jpeg).metadata();
    expect({ width, height, format }).toEqual({ width: 96, height: 80, format: "jpeg" });
  });

  test("is empty before a visitor comes and after the visitor has gone", () => {
    for (const index of [0, 1, 8, 9]) expect(frames[index]!.people).toEqual([]);
  });

  test("tells who stands there, what the person shows, and where the face is", () => {
    const { person, expression, box, visible } = frames[5]!.people[0]!;
    expect({ person, expression }).toEqual({ person: "ada", expression: "happy" });
    expect(visible).toBeGreaterThan(0.9);
    expect(box.width).toBeGreaterThan(25);
    expect(box.width).toBeLessThan(60);
  });

  test("cuts the box of a face at the edge of the picture", () => {
    const partly = frames.flatMap(({ people }) => people).filter(({ visible }) => visible < 0.98);
    expect(partly.length).toBeGreaterThan(0);
    for (const { box } of partly) {
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(96);
    }
  });

  test("comes out the same from the same script, byte by byte", async () => {
    expect((await framesOf(SCRIPT)).map(({ jpeg }) => jpeg)).toEqual(frames.map(({ jpeg }) => jpeg));
  });

  test("stops when it is aborted", async () => {
    const abort = new AbortController();
    const drawing = drawScene(SCRIPT, abort.signal);
    await drawing.next();
    abort.abort(new Error("enough"));
    await expect(drawing.next()).rejects.toThrow("enough");
  });
});

describe("a visitor", () => {
  test.each([
    ["before the first waypoint", 0.5, null],
    ["at a waypoint", 2, 0.5],
    ["after the last waypoint", 4, null],
  ])("is where the path says: %s", (_, at, x) => {
    expect(waypointAt(VISIT.path, at)?.x ?? null).toBe(x);
  });

  test.each([
    ["neutral before feeling anything", 1.5, "neutral"],
    ["still neutral when the change begins", 2.05, "neutral"],
    ["happy once the change is past its middle", 2.5, "happy"],
    ["happy after", 3.5, "happy"],
  ])("is %s", (_, at, name) => {
    expect(showingAt(VISIT, at).name).toBe(name);
  });
});

describe("stored scenes", () => {
  let cache: string;
  beforeAll(async () => {
    cache = await mkdtemp(join(tmpdir(), "facefleet-scenes-"));
  });
  afterAll(() => rm(cache, { recursive: true }));

  test("are drawn once and loaded the same from the cache", async () => {
    let drawn = 0;
    const onProgress = (): void => {
      drawn++;
    };
    const [first] = await prepareScenes([SCRIPT], { cache, onProgress });
    const [again] = await prepareScenes([SCRIPT], { cache, onProgress });
    expect(drawn).toBe(frameCount(SCRIPT));
    expect(again).toEqual(first);
  });

  test("leave nothing behind when the drawing is interrupted", async () => {
    const abort = new AbortController();
    const longer = { ...SCRIPT, seed: 6 };
    const preparing = prepareScenes([longer], {
      cache,
      signal: abort.signal,
      onProgress: () => abort.abort(new Error("enough")),
    });
    await expect(preparing).rejects.toThrow("enough");
    const folders = await readdir(join(cache, "people", "scenes"));
    expect(folders.filter((name) => name.endsWith(".partial"))).toEqual([]);
    expect(folders).toHaveLength(1);
  });
});

test("the quickstart has three cameras, one of them dark and noisy, known people and strangers", () => {
  const scripts = quickstartScripts();
  expect(scripts.map(({ camera }) => camera)).toEqual(["entrance", "lobby", "garage"]);
  expect(Math.min(...scripts.map(({ sensor }) => sensor.gain))).toBeLessThan(0.5);
  const people = new Set(scripts.flatMap(({ visits }) => visits.map(({ person }) => person.id)));
  expect(people.size).toBe(6);
  for (const { visits, seconds } of scripts) {
    for (const { path } of visits) expect(path.at(-1)!.at).toBeLessThanOrEqual(seconds);
  }
});
