import { parentPort, workerData } from "node:worker_threads";
import type { Script } from "./script.ts";
import { storeScene } from "./store-scene.ts";

/**
 * Draws one scene into the cache, off the main thread; posts progress, then the folder. Any message to it means to
 * stop, which removes what is half drawn.
 */
const { script, cache } = workerData as { script: Script; cache: string };
const stop = new AbortController();
parentPort?.once("message", () => stop.abort());
const onProgress = (progress: unknown): void => parentPort?.postMessage({ progress });
const folder = await storeScene(script, { cache, onProgress, signal: stop.signal });
parentPort?.postMessage({ folder });
parentPort?.close();
