import { milliseconds } from "../../../crds/duration.ts";
import type { OnlineCheck } from "../../../crds/gates.ts";
import { decimal } from "../../../crds/measurement.ts";
import type { Measurement } from "../../../crds/shared.ts";

/** Frames that the rates look back on. */
const window = 512;
/** Frames below which a ceiling is not judged. */
const fewest = 30;

/** How fast one slot goes through frames, over the last 512 of them. */
export class Speed {
  /** Milliseconds of each frame that was looked at, null of one that was not; the latest last. */
  readonly #frames: (number | null)[] = [];

  /** One frame that was looked at, in so many milliseconds. */
  took(milliseconds: number): void {
    this.#add(milliseconds);
  }

  /** One frame that the slot could not look at, because it was busy with another. */
  skipped(): void {
    this.#add(null);
  }

  /** 95th percentile of a frame, in milliseconds; undefined before any frame. */
  get p95(): number | undefined {
    const sorted = this.#frames.filter((frame) => frame !== null).sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))];
  }

  /** Part of the frames, in [0, 1], that were skipped; undefined before any frame. */
  get dropped(): number | undefined {
    return this.frames === 0 ? undefined : this.#frames.filter((frame) => frame === null).length / this.frames;
  }

  get frames(): number {
    return this.#frames.length;
  }

  #add(frame: number | null): void {
    this.#frames.push(frame);
    if (this.#frames.length > window) this.#frames.shift();
  }
}

const ceilings: Partial<
  Record<OnlineCheck["metric"], { read: (speed: Speed) => number | undefined; parse: (text: string) => number }>
> = {
  LatencyP95: { read: (speed) => speed.p95, parse: milliseconds },
  DroppedFrames: { read: (speed) => speed.dropped, parse: Number },
};

/** Holds a slot to a ceiling; undefined for a check that is none. Too few frames are Inconclusive, never a pass. */
export function judgeSpeed({ metric, atMost }: OnlineCheck, speed: Speed): Measurement | undefined {
  const ceiling = ceilings[metric];
  if (ceiling === undefined || atMost === undefined) return undefined;
  const [value, bound] = [ceiling.read(speed), ceiling.parse(atMost)];
  const verdict = speed.frames < fewest || value === undefined ? "Inconclusive" : value > bound ? "Failure" : "Success";
  return {
    metric,
    ...(value !== undefined && { value: decimal(value, 3) }),
    bound: decimal(bound, 3),
    n: speed.frames,
    verdict,
    message: `${value === undefined ? "no frames yet" : `${decimal(value, 3)} over ${speed.frames} frames`}, ceiling ${atMost}`,
  };
}
