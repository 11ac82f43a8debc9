import { Command } from "commander";
import { cacheDirectory } from "../../cluster/cache.ts";
import { quickstartScripts } from "../scene/quickstart.ts";
import { storeScene, type SceneProgress } from "../scene/store-scene.ts";
import { oneOf, progressLine } from "./options.ts";

type Options = { cache: string };

export function sceneCommand(signal: AbortSignal): Command {
  const scripts = quickstartScripts();
  const cameras = scripts.map(({ camera }) => camera);
  return new Command("scene")
    .description("draw the scene of a camera of the quickstart into the cache, and print its folder")
    .argument("<camera>", `one of ${cameras.join(", ")}`, oneOf(cameras))
    .option("--cache <folder>", "the cache", cacheDirectory())
    .action(async (camera: string, { cache }: Options) => {
      const script = scripts.find((candidate) => candidate.camera === camera)!;
      process.stdout.write(`${await storeScene(script, { cache, signal, onProgress: showProgress })}\n`);
    });
}

/** Tells how many frames of a scene are drawn. */
export function showProgress({ camera, drawn, frames }: SceneProgress): void {
  progressLine(`${camera}: drew ${drawn} of ${frames} frames`, drawn === frames);
}
