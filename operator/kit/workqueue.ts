import { type Backoff, backoffDelay, type Random } from "./backoff.ts";
import type { Clock, Timer } from "./clock.ts";
import type { Metrics } from "./metrics.ts";
import type { QueueMetrics } from "./metrics/queue.ts";

/** What becomes of a key once it has been processed. */
export type Next =
  /** Done: nothing more until it is added again. */
  | { readonly type: "Forget" }
  /** Done for now: once more after this many milliseconds, or earlier when added. */
  | { readonly type: "After"; readonly delay: number }
  /** Failed: once more after the key's backoff, but after `atMost` milliseconds, and never before `atLeast`. */
  | { readonly type: "Retry"; readonly atLeast?: number | undefined; readonly atMost?: number | undefined };

/** Works on one key. A rejection counts as "Retry". */
export type Process = (key: string) => Promise<Next>;

/** What a work queue is made of. */
export interface WorkQueueOptions {
  /** For metrics. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics?: Metrics | undefined;
  /** The wait between failures of one key: 100 ms to 5 minutes unless told. */
  readonly backoff?: Backoff | undefined;
}

const BACKOFF: Backoff = { base: 100, cap: 300_000 };

/** Nobody counts. */
const UNCOUNTED: QueueMetrics = {
  added: () => undefined,
  retried: () => undefined,
  started: () => undefined,
  finished: () => undefined,
};

/**
 * Keys waiting to be processed, each at most once. A key that is added while it is being processed is processed once
 * more afterwards, never twice at the same time. Each key is started in its own turn of the event loop, so that a
 * thousand reconciles that find nothing to do still let I/O through. The semantics are those of client-go's
 * util/workqueue, but for one thing: an earlier add supersedes a later one, since reconciling decides the next anew.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #backoff: Backoff;
  readonly #metrics: QueueMetrics;
  /** Keys to be taken, oldest first, with the time they were added (ms, monotonic); likewise below. */
  readonly #ready = new Map<string, number>();
  readonly #processing = new Map<string, number>();
  readonly #dirty = new Map<string, number>();
  readonly #delayed = new Map<string, { readonly at: number; readonly timer: Timer }>();
  readonly #failures = new Map<string, number>();
  readonly #idle: (() => void)[] = [];
  #work: { readonly process: Process; readonly concurrency: number } | undefined;
  #turn: Timer | undefined;
  #drained = false;

  constructor({ name, clock, random, metrics, backoff = BACKOFF }: WorkQueueOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#backoff = backoff;
    this.#metrics = metrics?.queue(name, { depth: () => this.depth, running: () => this.running }) ?? UNCOUNTED;
  }

  /** How many keys wait to be taken now; delayed ones do not count. */
  get depth(): number {
    return this.#ready.size + this.#dirty.size;
  }

  /** How many keys are being processed. */
  get active(): number {
    return this.#processing.size;
  }

  /** For each key being processed, for how many seconds it has been. */
  get running(): readonly number[] {
    const now = this.#clock.monotonic();
    return [...this.#processing.values()].map((started) => (now - started) / 1000);
  }

  /** How often in a row a key has failed. */
  failuresOf(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Adds a key that is to be processed as soon as there is room. Nothing happens after {@link WorkQueue.drain}. */
  add(key: string): void {
    if (this.#drained) return;
    this.#cancelDelay(key);
    const waiting = this.#processing.has(key) ? this.#dirty : this.#ready;
    if (waiting.has(key)) return;
    waiting.set(key, this.#clock.monotonic());
    this.#metrics.added();
    this.#schedule();
  }

  /** Adds a key after `delay` milliseconds. Of several pending adds of a key the earliest wins, the others are void. */
  addAfter(key: string, delay: number): void {
    if (this.#drained || this.#ready.has(key) || this.#dirty.has(key)) return;
    if (delay <= 0) {
      this.add(key);
      return;
    }
    const at = this.#clock.monotonic() + delay;
    const known = this.#delayed.get(key);
    if (known !== undefined && known.at <= at) return;
    known?.timer.cancel();
    this.#delayed.set(key, { at, timer: this.#clock.setTimer(delay, () => this.add(key)) });
  }

  /** Begins to process keys, at most `concurrency` at once. @throws TypeError when it has begun already. */
  start(process: Process, concurrency: number): void {
    if (this.#work !== undefined) throw new TypeError("work queue: already started");
    this.#work = { process, concurrency };
    this.#schedule();
  }

  /** Takes no more keys, and resolves when those being processed are done. Waiting keys are dropped. */
  async drain(): Promise<void> {
    this.#drained = true;
    this.#turn?.cancel();
    for (const { timer } of this.#delayed.values()) timer.cancel();
    for (const waiting of [this.#ready, this.#dirty, this.#delayed]) waiting.clear();
    if (this.#processing.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #cancelDelay(key: string): void {
    this.#delayed.get(key)?.timer.cancel();
    this.#delayed.delete(key);
  }

  #schedule(): void {
    const hasRoom = this.#work !== undefined && this.#processing.size < this.#work.concurrency;
    if (this.#drained || !hasRoom || this.#turn !== undefined || this.#ready.size === 0) return;
    this.#turn = this.#clock.setTimer(0, () => {
      this.#turn = undefined;
      this.#take();
      this.#schedule();
    });
  }

  #take(): void {
    const [entry] = this.#ready;
    if (entry === undefined || this.#work === undefined) return;
    const [key, added] = entry;
    const now = this.#clock.monotonic();
    this.#ready.delete(key);
    this.#processing.set(key, now);
    this.#metrics.started((now - added) / 1000);
    const { process } = this.#work;
    // Through a promise, so that a process that throws outright is one that rejects.
    Promise.resolve()
      .then(() => process(key))
      .catch((): Next => ({ type: "Retry" }))
      .then((next) => this.#finish(key, now, next))
      .catch(() => undefined);
  }

  #finish(key: string, started: number, next: Next): void {
    this.#processing.delete(key);
    this.#metrics.finished((this.#clock.monotonic() - started) / 1000);
    const added = this.#dirty.get(key);
    this.#dirty.delete(key);
    if (added !== undefined) this.#ready.set(key, added);
    this.#follow(key, next);
    this.#schedule();
    if (this.#processing.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #follow(key: string, next: Next): void {
    switch (next.type) {
      case "Forget":
        this.#failures.delete(key);
        return;
      case "After":
        this.#failures.delete(key);
        this.addAfter(key, next.delay);
        return;
      case "Retry": {
        const failures = this.failuresOf(key) + 1;
        this.#failures.set(key, failures);
        this.#metrics.retried();
        const wait = Math.min(next.atMost ?? Infinity, backoffDelay(this.#backoff, failures, this.#random));
        this.addAfter(key, Math.max(next.atLeast ?? 0, wait));
        return;
      }
    }
  }
}
