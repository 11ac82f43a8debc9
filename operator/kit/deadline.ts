import type { Clock, Timer } from "./clock.ts";

/** Why a {@link Deadline} aborted: its time passed. */
export class DeadlineExceeded extends Error {
  override readonly name = "DeadlineExceeded";
  /** The time that was allowed, in milliseconds. */
  readonly allowed: number;

  constructor(what: string, allowed: number) {
    super(`${what}: not done within ${allowed} ms`);
    this.allowed = allowed;
  }
}

/** Whether a signal has aborted by now; a call, since the compiler takes the property for a constant. */
export function hasAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Resolves when a signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** What a {@link Deadline} is made of. */
export interface DeadlineOptions {
  readonly clock: Clock;
  /** What is being waited for, for the message of the error. */
  readonly what: string;
  /** Milliseconds until it aborts. */
  readonly allowed: number;
  /** Aborting this aborts the deadline's signal as well, with the same reason. */
  readonly parent?: AbortSignal | undefined;
}

/** An abort signal that aborts when its time has passed or its parent aborts. Dispose of it to release both. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #options: DeadlineOptions;
  readonly #follow = (): void => this.#controller.abort(this.#options.parent?.reason);
  #timer: Timer;
  #exceeded = false;

  constructor(options: DeadlineOptions) {
    this.#options = options;
    this.#timer = this.#arm();
    if (options.parent?.aborted === true) this.#follow();
    else options.parent?.addEventListener("abort", this.#follow, { once: true });
  }

  /** Aborts with {@link DeadlineExceeded}, or with the parent's reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True once the time has passed, as opposed to the parent having aborted. */
  get exceeded(): boolean {
    return this.#exceeded;
  }

  /** Starts the time anew; for deadlines on silence rather than on the whole. */
  extend(): void {
    this.#timer.cancel();
    if (!this.#controller.signal.aborted) this.#timer = this.#arm();
  }

  /** Forgets the timer. */
  [Symbol.dispose](): void {
    this.#timer.cancel();
    this.#options.parent?.removeEventListener("abort", this.#follow);
  }

  #arm(): Timer {
    const { clock, what, allowed } = this.#options;
    return clock.setTimer(allowed, () => {
      this.#exceeded = true;
      this.#controller.abort(new DeadlineExceeded(what, allowed));
    });
  }
}
