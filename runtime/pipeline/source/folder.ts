import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { EncodedFrame, SourceOptions } from "./source.ts";

const pictures = /\.(jpe?g|png|webp)$/i;

/** Pictures of a folder on the node in the order of their names, over and over, at the camera's frame rate. */
export async function* readFolder({
  url,
  framesPerSecond,
  onState,
  signal,
}: SourceOptions): AsyncGenerator<EncodedFrame, void> {
  const folder = fileURLToPath(url);
  for (let first = true; !signal.aborted; first = false) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => pictures.test(name)).sort();
    if (names.length === 0) {
      onState({ state: "Failed", message: `there is no JPEG, PNG or WebP picture in ${folder} on the node` });
      await pause(5_000, signal);
      continue;
    }
    if (first) onState({ state: "Streaming" });
    for (const name of names) {
      yield { bytes: await readFile(join(folder, name)), capturedAt: Date.now() };
      if (!(await pause(1000 / framesPerSecond, signal))) return;
    }
  }
}

/** Whether the whole pause was had: false when `signal` ended it. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return sleep(milliseconds, true, { signal }).catch(() => false);
}
