import type { NodeRuntimeStatus } from "../../crds/noderuntime.ts";

const window = 60_000;

interface Frame {
  time: number;
  milliseconds: number;
  dropped: boolean;
}

/** Frames of the last minute over all cameras. */
export class Rates {
  #frames: Frame[] = [];

  add(frame: Frame): void {
    this.#frames.push(frame);
    if (this.#frames.length > 4096) this.#forget(frame.time);
  }

  /** Undefined when no frame came in the last minute. */
  at(now: number): NodeRuntimeStatus["rates"] {
    this.#forget(now);
    const seen = this.#frames.filter(({ dropped }) => !dropped).map(({ milliseconds }) => milliseconds);
    const first = this.#frames[0];
    if (first === undefined) return undefined;
    const sorted = seen.toSorted((a, b) => a - b);
    return {
      framesPerSecond: decimal(seen.length / Math.max(1, (now - first.time) / 1000)),
      latencyP95Milliseconds: decimal(sorted[Math.floor(sorted.length * 0.95)] ?? 0),
      droppedFrames: decimal(1 - seen.length / this.#frames.length),
    };
  }

  #forget(now: number): void {
    this.#frames = this.#frames.filter(({ time }) => now - time <= window);
  }
}

function decimal(value: number): string {
  return String(Number(value.toFixed(2)));
}
