import { setTimeout as sleep } from "node:timers/promises";
import { backoffDelay, type Random } from "../../operator/kit/backoff.ts";
import type { Outbox } from "./outbox.ts";
import type { Sink } from "./sink.ts";

const batch = 64;
const backoff = { base: 200, cap: 30_000 };

export interface DeliveryOptions {
  outbox: Outbox;
  sink: Sink;
  /** The sink's name in the outbox. */
  key: string;
  random: Random;
}

/**
 * Carries a sink's events out of the outbox in their order, one at a time, until it is stopped. A sink that cannot be
 * reached is tried again with exponential backoff and jitter; its events wait on disk. Each is delivered at least once.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  #wake = Promise.withResolvers<void>();
  /** Aborted to end the present pause. */
  #pause = new AbortController();
  #draining = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Says that the outbox has something new for the sink. */
  notify(): void {
    this.#wake.resolve();
  }

  /** Delivers what is there, for `milliseconds` at most, then stops. What is left stays in the outbox. */
  async drain(milliseconds: number): Promise<void> {
    this.#draining = true;
    this.notify();
    this.#pause.abort();
    const timer = setTimeout(() => this.#stopped.abort(), milliseconds);
    await this.#running;
    clearTimeout(timer);
    await this.#options.sink.close();
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stopped.signal.aborted;) {
      this.#wake = Promise.withResolvers();
      const isLast = this.#draining;
      const turn = await this.#sendBatch().catch(() => "retry" as const);
      failures = turn === "retry" ? failures + 1 : 0;
      if (turn === "retry") await this.#rest(failures);
      if (turn === "empty" && isLast) return;
      if (turn === "empty") await this.#wake.promise;
    }
  }

  /** @throws Error when the disk fails: what was sent and not settled is sent again. */
  async #sendBatch(): Promise<"sent" | "empty" | "retry"> {
    const { outbox, sink, key } = this.#options;
    const parcels = outbox.pending(key, batch);
    for (const parcel of parcels) {
      const outcome = await sink.send(parcel, this.#stopped.signal);
      if (outcome === "retry") return "retry";
      outbox.settle(parcel, outcome);
    }
    return parcels.length === 0 ? "empty" : "sent";
  }

  /** A drain ends the rest at once and keeps the next ones short: there is little time left. */
  async #rest(failures: number): Promise<void> {
    const delay = backoffDelay(backoff, this.#draining ? 1 : failures, this.#options.random);
    this.#pause = new AbortController();
    const signal = AbortSignal.any([this.#pause.signal, this.#stopped.signal]);
    await sleep(delay, undefined, { signal }).catch(() => undefined);
  }
}
