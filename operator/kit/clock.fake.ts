import { type Clock, type Timer, sleepOn } from "./clock.ts";

interface Pending {
  readonly at: number;
  readonly fire: () => void;
}

/** Lets every promise reaction that is already due run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A clock for tests: time passes only in {@link FakeClock.advance}. */
export class FakeClock implements Clock {
  #monotonic = 0;
  #wall: number;
  #timers: Pending[] = [];

  /** @param start Wall-clock time at the beginning, milliseconds since the Unix epoch. */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#wall = start;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  setTimer(delay: number, fire: () => void): Timer {
    const pending = { at: this.#monotonic + Math.max(0, delay), fire };
    this.#timers.push(pending);
    return { cancel: () => (this.#timers = this.#timers.filter((other) => other !== pending)) };
  }

  sleep(delay: number, signal?: AbortSignal): Promise<void> {
    return sleepOn((ms, fire) => this.setTimer(ms, fire), delay, signal);
  }

  /** How many timers are pending. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Lets `duration` milliseconds pass: timers fire in order, and the promises they settle are followed in between. */
  async advance(duration = 0): Promise<void> {
    const end = this.#monotonic + duration;
    await settle();
    for (let next = this.#nextBy(end); next !== undefined; next = this.#nextBy(end)) {
      this.#pass(next.at - this.#monotonic);
      this.#timers.splice(this.#timers.indexOf(next), 1);
      next.fire();
      await settle();
    }
    this.#pass(end - this.#monotonic);
  }

  /** Sets the wall clock forward or back by `step` milliseconds, as an NTP correction does; timers do not notice. */
  stepWall(step: number): void {
    this.#wall += step;
  }

  #pass(duration: number): void {
    this.#monotonic += duration;
    this.#wall += duration;
  }

  #nextBy(end: number): Pending | undefined {
    return this.#timers
      .filter((timer) => timer.at <= end)
      .reduce<Pending | undefined>(
        (first, timer) => (first !== undefined && first.at <= timer.at ? first : timer),
        undefined,
      );
  }
}
