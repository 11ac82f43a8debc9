import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { pictureLimits } from "../../faces/picture.ts";
import type { EncodedFrame, SourceOptions } from "./source.ts";

const pictures = /\.(jpe?g|png|webp)$/i;
/** Milliseconds between two looks into a folder that has no pictures. */
const patience = 2_000;

/**
 * Pictures of a folder on the node in the order of their names, over and over, at the camera's frame rate. The folder
 * is read anew each time round; what is gone or too large by then is passed over.
 */
export async function* readFolder(options: SourceOptions): AsyncGenerator<EncodedFrame, void> {
  const { url, framesPerSecond, onState, signal } = options;
  while (!signal.aborted) {
    let count = 0;
    for (const path of await list(url)) {
      const bytes = await readPicture(path);
      if (bytes === undefined) continue;
      count += 1;
      onState({ state: "Streaming" });
      yield { bytes, capturedAt: Date.now() };
      if (!(await pause(1000 / framesPerSecond, signal))) return;
    }
    if (count > 0) continue;
    onState({ state: "Failed", message: `there is no JPEG, PNG or WebP picture in ${url} on the node` });
    await pause(patience, signal);
  }
}

/** Paths of the pictures; none when there is no such folder. */
async function list(url: string): Promise<string[]> {
  try {
    const folder = fileURLToPath(url);
    const names = await readdir(folder);
    return names
      .filter((name) => pictures.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

async function readPicture(path: string): Promise<Buffer | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true || found.size > pictureLimits.bytes) return undefined;
  return readFile(path).catch(() => undefined);
}

/** Whether the whole pause was had: false when `signal` ended it. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return sleep(milliseconds, true, { signal }).catch(() => false);
}
