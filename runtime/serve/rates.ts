import { decimal } from "../../crds/measurement.ts";
import type { NodeRuntimeStatus } from "../../crds/noderuntime.ts";
import type { FrameEnd } from "./camera/camera.ts";

/** Milliseconds that the rates look back on. */
const window = 60_000;
/** Most frames remembered; at more a second than this holds, the rates look back on less. */
const most = 8192;

type Ended = Pick<FrameEnd, "outcome" | "milliseconds"> & { time: number };

/** Frames of the last minute over all cameras. Times are in milliseconds of a clock that never steps back. */
export class Rates {
  #frames: Ended[] = [];

  add({ outcome, milliseconds, time }: Ended): void {
    this.#frames.push({ outcome, milliseconds, time });
    if (this.#frames.length > most) this.#frames = this.#frames.slice(most / 4);
  }

  /** Undefined when no frame came in the last minute. */
  at(now: number): NodeRuntimeStatus["rates"] {
    this.#frames = this.#frames.filter(({ time }) => now - time <= window);
    const [first] = this.#frames;
    if (first === undefined) return undefined;
    const seen = this.#frames.filter(({ outcome }) => outcome === "seen").map(({ milliseconds }) => milliseconds);
    const dropped = this.#frames.filter(({ outcome }) => outcome === "dropped").length;
    const sorted = seen.sort((a, b) => a - b);
    return {
      framesPerSecond: decimal(seen.length / Math.max(1, (now - first.time) / 1000), 2),
      latencyP95Milliseconds: decimal(sorted[Math.floor(sorted.length * 0.95)] ?? 0, 2),
      droppedFrames: decimal(dropped / this.#frames.length, 2),
    };
  }
}
