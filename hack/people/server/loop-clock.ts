/** A frame of a loop that plays forever. */
export type Moment = {
  /** How often the loop has played before, and the frame within it. */
  loop: number;
  index: number;
  /** When the frame was due, in milliseconds since 1970. */
  due: number;
};

export type LoopClock = {
  /** The frame that a camera shows at a time (milliseconds since 1970). */
  at(now: number): Moment;
  /** When the frame after that is due. */
  next(now: number): number;
};

/** Which frame is due when, for a loop of so many frames that began at `started` (milliseconds since 1970). */
export function loopClock({ started, fps, frames }: { started: number; fps: number; frames: number }): LoopClock {
  const count = (now: number): number => Math.max(0, Math.floor(((now - started) * fps) / 1000 + 1e-6));
  const dueAt = (frame: number): number => started + (frame * 1000) / fps;
  return {
    at: (now) => {
      const frame = count(now);
      return { loop: Math.floor(frame / frames), index: frame % frames, due: dueAt(frame) };
    },
    next: (now) => dueAt(count(now) + 1),
  };
}
