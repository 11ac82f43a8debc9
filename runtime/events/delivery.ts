import { setTimeout as sleep } from "node:timers/promises";
import type { Outbox } from "./outbox.ts";
import type { Sink } from "./sink.ts";

const batch = 64;
const backoff = { first: 200, last: 30_000 };

export interface DeliveryOptions {
  outbox: Outbox;
  sink: Sink;
  /** The sink's name in the outbox. */
  key: string;
  /** Jitter in [0, 1). */
  random?: () => number;
}

/**
 * Carries a sink's events out of the outbox in their order, one at a time, for ever. A sink that cannot be reached is
 * tried again with exponential backoff and jitter; its events wait on disk.
 */
export class Delivery implements AsyncDisposable {
  readonly #options: DeliveryOptions;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  #wake = Promise.withResolvers<void>();

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Says that the outbox has something new for the sink. */
  notify(): void {
    this.#wake.resolve();
  }

  /** Tries to deliver what is there, for `milliseconds` at most, then stops. What is left stays in the outbox. */
  async drain(milliseconds: number): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (this.#pending(1).length > 0 && Date.now() < deadline) await sleep(20);
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    this.#wake.resolve();
    await this.#running;
  }

  #pending(limit: number) {
    return this.#options.outbox.pending(this.#options.key, limit);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    for (let failures = 0; !signal.aborted;) {
      this.#wake = Promise.withResolvers();
      const parcels = this.#pending(batch);
      if (parcels.length === 0) {
        await this.#wake.promise;
        continue;
      }
      failures = (await this.#sendAll(parcels, signal)) ? 0 : failures + 1;
      if (failures > 0) await sleep(this.#delayAfter(failures), undefined, { signal }).catch(() => undefined);
    }
  }

  async #sendAll(parcels: ReturnType<Outbox["pending"]>, signal: AbortSignal): Promise<boolean> {
    for (const parcel of parcels) {
      const outcome = await this.#options.sink.send(parcel, signal);
      if (outcome === "retry") return false;
      this.#options.outbox.settle([parcel], outcome);
    }
    return true;
  }

  #delayAfter(failures: number): number {
    const random = this.#options.random ?? Math.random;
    return Math.min(backoff.last, backoff.first * 2 ** (failures - 1)) * (0.5 + random() / 2);
  }
}
