import { Worker } from "node:worker_threads";
import type { Script } from "./script.ts";
import { loadScene, type Scene, type SceneProgress, type StoreOptions } from "./store-scene.ts";

/** How many scenes are drawn at a time. */
const WORKERS = 2;

/** Draws the scenes that the cache lacks, each on a thread of its own, and loads them all, in the given order. */
export async function prepareScenes(scripts: readonly Script[], options: StoreOptions): Promise<Scene[]> {
  const queue = scripts.map((script, index) => ({ script, index }));
  const scenes: Scene[] = [];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      scenes[next.index] = await loadScene(next.script, await storeInThread(next.script, options));
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return scenes;
}

type Message = { progress: SceneProgress } | { folder: string };

/** Stores one scene in a thread of its own. An abort asks the thread to clean up and waits until it has. */
async function storeInThread(script: Script, { cache, signal, onProgress }: StoreOptions): Promise<string> {
  signal?.throwIfAborted();
  const worker = new Worker(new URL("./scene.worker.ts", import.meta.url), { workerData: { script, cache } });
  const stop = (): void => worker.postMessage("stop");
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      worker.on("message", (message: Message) => {
        if ("folder" in message) resolve(message.folder);
        else onProgress?.(message.progress);
      });
      worker.on("error", reject);
      worker.on("exit", (code) => reject(new Error(`The thread that drew "${script.camera}" ended with ${code}.`)));
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
