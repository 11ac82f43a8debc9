import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { expressions } from "../expression/expression.ts";
import { ensureFolder } from "../store/drawn-folder.ts";
import { drawingKey } from "../store/renderer-version.ts";
import { drawScene, type FrameTruth } from "./draw-scene.ts";
import { frameCount, type Script } from "./script.ts";

/** A drawn loop in memory: JPEGs and the truth of each, by frame index. */
export type Scene = { script: Script; jpegs: Buffer[]; truth: FrameTruth[] };

/** How far the drawing of one scene is. */
export type SceneProgress = { camera: string; drawn: number; frames: number };

export type StoreOptions = {
  /** The cache folder of the project; scenes lie below `people/scenes`. */
  cache: string;
  signal?: AbortSignal;
  onProgress?: (progress: SceneProgress) => void;
};

/** Draws a scene into the cache unless it is there, and returns its folder. */
export async function storeScene(script: Script, { cache, signal, onProgress }: StoreOptions): Promise<string> {
  const folder = join(cache, "people", "scenes", await drawingKey(script));
  const frames = frameCount(script);
  const fill = async (partial: string): Promise<void> => {
    const truth: FrameTruth[] = [];
    for await (const { jpeg, ...frame } of drawScene(script, signal)) {
      await writeFile(join(partial, frameName(frame.index)), jpeg);
      truth.push(frame);
      onProgress?.({ camera: script.camera, drawn: truth.length, frames });
    }
    await writeFile(join(partial, "truth.json"), JSON.stringify(truth));
  };
  await ensureFolder(folder, fill, signal);
  return folder;
}

/** Loads a stored scene. */
export async function loadScene(script: Script, folder: string): Promise<Scene> {
  const truth = Truth.parse(JSON.parse(await readFile(join(folder, "truth.json"), "utf8")));
  const jpegs = await Promise.all(truth.map(({ index }) => readFile(join(folder, frameName(index)))));
  return { script, jpegs, truth };
}

function frameName(index: number): string {
  return `${String(index).padStart(5, "0")}.jpg`;
}

const Pixel = z.tuple([z.number(), z.number()]);
const Truth = z.array(
  z.object({
    index: z.number(),
    at: z.number(),
    people: z.array(
      z.object({
        person: z.string(),
        expression: z.enum(expressions),
        strength: z.number(),
        box: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
        points: z.tuple([Pixel, Pixel, Pixel, Pixel, Pixel]),
        visible: z.number(),
      }),
    ),
  }),
);
