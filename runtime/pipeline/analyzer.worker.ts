import { parentPort, workerData } from "node:worker_threads";
import { EngineError } from "../engine/errors.ts";
import type { RgbImage } from "../faces/image.ts";
import type { Analysis, Want } from "./analysis.ts";
import { lookAt } from "./look.ts";
import type { Reply, Request, SlotTask } from "./messages.ts";
import { openSlot, type OpenSlot } from "./open-slot.ts";

/** The thread of one slot: all its sessions, its crops and its decoding, so that inference blocks nobody else. */

const port = parentPort!;
const { directory, threads } = workerData as SlotTask;

function reply(message: Reply): void {
  port.postMessage(message);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function analyze(slot: OpenSlot, image: RgbImage, want: Want): Promise<Analysis> {
  const start = performance.now();
  for (const open of slot.networks.values()) open.resetTiming();
  const faces = await lookAt(slot, image, want);
  const timings = [...slot.networks].map(([network, { runs, milliseconds }]) => ({ network, runs, milliseconds }));
  return { faces, timings, milliseconds: performance.now() - start };
}

async function serve(slot: OpenSlot, request: Request): Promise<void> {
  switch (request.type) {
    case "Analyze": {
      const analysis = await analyze(slot, request.image, request.want);
      reply({ type: "Analyzed", id: request.id, analysis });
      return;
    }
    case "Close":
      port.close();
      await slot[Symbol.asyncDispose]();
      return;
  }
}

function listen(slot: OpenSlot): void {
  let last = Promise.resolve();
  port.on("message", (request: Request) => {
    last = last
      .then(() => serve(slot, request))
      .catch((error: unknown) => {
        reply({ type: "Failed", message: messageOf(error) });
        port.close();
      });
  });
}

try {
  const slot = await openSlot(directory, threads);
  listen(slot);
  reply({ type: "Ready", manifest: slot.manifest });
} catch (error) {
  reply({ type: "Refused", message: messageOf(error), ...(error instanceof EngineError && { reason: error.reason }) });
}
