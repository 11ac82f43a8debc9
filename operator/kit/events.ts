import { isApiError, isTransient } from "./api-error.ts";
import { type Backoff, backoffDelay, type Random } from "./backoff.ts";
import type { Client } from "./client.ts";
import type { Clock, Timer } from "./clock.ts";
import { buildEvent, EVENTS, formatMicros, type Happening, identityOf, type Reporter } from "./event.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { EventMetrics } from "./metrics/events.ts";
import type { ObjectRef } from "./object.ts";
import { type Rate, TokenBucket } from "./tokens.ts";

/** Records what happens to objects as Kubernetes Events. */
export interface EventRecorder {
  /** Takes note, and returns at once. It never throws and never waits. */
  record(happening: Happening): void;
  /** Writes what has been recorded, until the signal aborts. */
  drain(signal: AbortSignal): Promise<void>;
}

/** What a recorder is made of. */
export interface EventRecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly reporter: Reporter;
  readonly metrics?: Metrics | undefined;
  /** How often one object may be reported on: 50 at once, then one in 10 s, unless told. */
  readonly rate?: Rate | undefined;
  /** How many Events may wait to be written: 1,000 unless told. */
  readonly bufferLimit?: number | undefined;
  /** For how long the same happening counts as going on, in milliseconds: 6 minutes unless told, as in client-go. */
  readonly window?: number | undefined;
  /** How long the count of something that repeats is gathered before it is written, in milliseconds: 10 s. */
  readonly gather?: number | undefined;
}

/** A happening that was written, and may go on. */
interface Series {
  readonly identity: string;
  readonly at: ObjectRef;
  readonly happening: Happening;
  count: number;
  /** Microseconds since the epoch. */
  last: number;
  /** Milliseconds, monotonic. */
  seen: number;
  timer: Timer | undefined;
}

/** One write that waits for its turn. */
type Task =
  | { readonly type: "create"; readonly series: Series; readonly micros: number }
  | { readonly type: "patch"; readonly series: Series };

const RATE: Rate = { burst: 50, every: 10_000 };
const BACKOFF: Backoff = { base: 500, cap: 10_000 };
/** How often one write is tried. */
const TRIES = 8;
/** How many series and buckets are kept before old ones are looked for. */
const SWEEP_ABOVE = 1_000;

class Recorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #metrics: EventMetrics | undefined;
  readonly #window: number;
  readonly #series = new Map<string, Series>();
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #tasks: Task[] = [];
  /** The last time given out, so that no two Events have the same and their order is that of their recording. */
  #lastMicros = 0;
  #writing: Promise<void> | undefined;
  #stop = new AbortController();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#metrics = options.metrics?.events;
    this.#window = options.window ?? 360_000;
  }

  record(happening: Happening): void {
    const now = this.#options.clock.monotonic();
    const identity = identityOf(happening);
    const known = this.#series.get(identity);
    if (known !== undefined && now - known.seen <= this.#window) this.#repeat(known, now);
    else this.#begin(identity, happening, now);
  }

  async drain(signal: AbortSignal): Promise<void> {
    for (const series of this.#series.values()) this.#flush(series);
    const giveUp = (): void => this.#stop.abort(signal.reason);
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    await this.#writing;
    signal.removeEventListener("abort", giveUp);
  }

  #begin(identity: string, happening: Happening, now: number): void {
    this.#sweep(now);
    if (!this.#bucketOf(happening.regarding.metadata.uid, now).take(now)) {
      this.#metrics?.dropped("rate");
      return;
    }
    const micros = this.#nextMicros();
    const { name, namespace } = buildEvent(happening, this.#options.reporter, micros).metadata;
    const series = {
      identity,
      at: { name, namespace },
      happening,
      count: 1,
      last: micros,
      seen: now,
      timer: undefined,
    };
    if (this.#push({ type: "create", series, micros })) this.#series.set(identity, series);
  }

  #repeat(series: Series, now: number): void {
    series.count += 1;
    series.last = this.#nextMicros();
    series.seen = now;
    series.timer ??= this.#options.clock.setTimer(this.#options.gather ?? 10_000, () => this.#flush(series));
  }

  #flush(series: Series): void {
    if (series.timer === undefined) return;
    series.timer.cancel();
    series.timer = undefined;
    this.#push({ type: "patch", series });
  }

  #push(task: Task): boolean {
    if (this.#tasks.length >= (this.#options.bufferLimit ?? 1_000)) {
      this.#metrics?.dropped("buffer");
      return false;
    }
    this.#tasks.push(task);
    this.#writing ??= this.#writeAll();
    return true;
  }

  /** Writes one after the other, so that they arrive in order. */
  async #writeAll(): Promise<void> {
    // The first write starts in a later turn: recording costs the reconcile nothing.
    await this.#options.clock.sleep(0);
    for (let task = this.#tasks[0]; task !== undefined; task = this.#tasks[0]) {
      await this.#write(task);
      this.#tasks.shift();
    }
    this.#writing = undefined;
  }

  async #write(task: Task): Promise<void> {
    const { clock, random, log } = this.#options;
    for (let tries = 1; !this.#stop.signal.aborted; tries += 1) {
      try {
        await this.#send(task);
        this.#metrics?.written(task.type);
        return;
      } catch (error) {
        // Made by an attempt whose answer was lost.
        if (isApiError(error, "AlreadyExists")) return;
        if (!isTransient(error) || tries >= TRIES) {
          log.debug({ err: error, reason: task.series.happening.reason }, "event was given up");
          break;
        }
        const wait = Math.max(error.retryAfter ?? 0, backoffDelay(BACKOFF, tries, random));
        await clock.sleep(wait, this.#stop.signal).catch(() => undefined);
      }
    }
    this.#series.delete(task.series.identity);
    this.#metrics?.dropped("refused");
  }

  async #send(task: Task): Promise<void> {
    const { client, reporter } = this.#options;
    const options = { signal: this.#stop.signal, timeout: 10_000 };
    switch (task.type) {
      case "create":
        await client.create(EVENTS, buildEvent(task.series.happening, reporter, task.micros), options);
        return;
      case "patch": {
        const { at, count, last } = task.series;
        const body = { series: { count, lastObservedTime: formatMicros(last) } };
        await client.patch(EVENTS, at, { type: "merge", body }, options);
        return;
      }
    }
  }

  #nextMicros(): number {
    this.#lastMicros = Math.max(this.#lastMicros + 1, Math.round(this.#options.clock.now() * 1000));
    return this.#lastMicros;
  }

  #bucketOf(uid: string, now: number): TokenBucket {
    const known = this.#buckets.get(uid);
    if (known !== undefined) return known;
    const bucket = new TokenBucket(this.#options.rate ?? RATE, now);
    this.#buckets.set(uid, bucket);
    return bucket;
  }

  /** Lets go of what is over: series that did not go on, buckets that are full again. */
  #sweep(now: number): void {
    if (this.#series.size > SWEEP_ABOVE) {
      for (const [identity, series] of this.#series) {
        if (now - series.seen > this.#window && series.timer === undefined) this.#series.delete(identity);
      }
    }
    if (this.#buckets.size > SWEEP_ABOVE) {
      for (const [uid, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(uid);
    }
  }
}

/**
 * A recorder of Kubernetes Events (events.k8s.io/v1). The same happening within the window is one Event whose count
 * grows; each object has a rate of its own; what cannot be written is dropped and counted, and delays nobody.
 */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new Recorder(options);
}
