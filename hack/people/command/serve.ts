import { once } from "node:events";
import { Command } from "commander";
import { cacheDirectory } from "../../cluster/cache.ts";
import { prepareScenes } from "../scene/prepare-scenes.ts";
import { quickstartScripts } from "../scene/quickstart.ts";
import { serveCameras } from "../server/camera-server.ts";
import { wholeNumber } from "./options.ts";
import { showProgress } from "./scene.ts";

type Options = { host: string; port: number; cache: string };

export function serveCommand(signal: AbortSignal): Command {
  return new Command("serve")
    .description("serve the cameras of the quickstart until interrupted")
    .option("--host <address>", "where to listen", "127.0.0.1")
    .option("--port <port>", "0 takes a free one", wholeNumber(0, 65_535), 8090)
    .option("--cache <folder>", "the cache", cacheDirectory())
    .action(async ({ host, port, cache }: Options) => {
      const scenes = await prepareScenes(quickstartScripts(), { cache, signal, onProgress: showProgress });
      const server = await serveCameras(scenes, { host, port });
      for (const { script } of scenes) process.stdout.write(`${server.url(script.camera)}\n`);
      if (!signal.aborted) await once(signal, "abort");
      await server.close();
    });
}
