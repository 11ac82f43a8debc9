import { randomUUID } from "node:crypto";
import { isApiError } from "./api-error.ts";
import type { Backoff, Random } from "./backoff.ts";
import type { Delta, ReadonlyCache } from "./cache.ts";
import type { Clock } from "./clock.ts";
import { Deadline, untilAborted } from "./deadline.ts";
import { Incomplete, isPanic, Terminal, Waiting } from "./errors.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { ControllerMetrics, ReconcileResult } from "./metrics/controller.ts";
import type { KubeObject } from "./object.ts";
import { type Next, WorkQueue } from "./workqueue.ts";

/** A source of changes: a reflector, or anything with a cache that fills. */
export interface Source<T extends KubeObject> {
  readonly cache: ReadonlyCache<T>;
  readonly synced: Promise<unknown>;
}

/** Which keys a change concerns. Make one with {@link watch}. */
export interface Watch {
  readonly synced: Promise<unknown>;
  /**
   * Calls `enqueue` for each key concerned, now and from now on, and `fail` with what finding the keys throws: one
   * object that a mapping cannot read is nobody else's trouble.
   * @returns Stops it.
   */
  begin(enqueue: (key: string) => void, fail: (error: unknown) => void): () => void;
}

/**
 * Watches a source for a controller.
 *
 * @param enqueue The keys to reconcile for an object. An update asks it about the object before and after, so that a
 *   change of owner reconciles both.
 * @param when Which changes count; all unless given.
 */
export function watch<T extends KubeObject>(
  source: Source<T>,
  enqueue: (object: T) => Iterable<string>,
  when: (delta: Delta<T>) => boolean = () => true,
): Watch {
  return {
    synced: source.synced,
    begin: (add, fail) =>
      source.cache.subscribe((delta) => {
        try {
          if (!when(delta)) return;
          const before = delta.type === "Updated" ? enqueue(delta.before) : [];
          for (const key of new Set([...enqueue(delta.object), ...before])) add(key);
        } catch (error) {
          fail(error);
        }
      }),
  };
}

/** What a reconcile may use besides its key. */
export interface ReconcileContext {
  /** Aborts when the time is over or the controller has to stop: pass it to every request. */
  readonly signal: AbortSignal;
  /** Carries the controller, the key and an id of this reconcile. */
  readonly log: Logger;
  /** How often in a row this key has failed before. */
  readonly failures: number;
}

/** What a reconcile asks for when it has done its work. */
export interface ReconcileAnswer {
  /** Milliseconds until the key is to be reconciled once more; absent for when something changes. */
  readonly requeueAfter?: number | undefined;
}

/** Brings the world closer to what the object named by `key` asks for. Called again, it must do no harm. */
export type Reconcile = (
  key: string,
  context: ReconcileContext,
) => Promise<ReconcileAnswer | undefined> | Promise<void>;

/** What a controller is made of. */
export interface ControllerOptions {
  /** Lower case, for logs and metrics. */
  readonly name: string;
  readonly watches: readonly Watch[];
  /** May throw Waiting (comes back), Terminal (does not), or anything (comes back with backoff). */
  readonly reconcile: Reconcile;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics?: Metrics | undefined;
  /** How many keys are reconciled at once: 4 unless told. */
  readonly concurrency?: number | undefined;
  /** How long one reconcile may take, in milliseconds: 60 s unless told. */
  readonly timeout?: number | undefined;
  readonly backoff?: Backoff | undefined;
}

/** When a controller has to end. */
export interface StopSignals {
  /** Take no more keys, finish those under way. */
  readonly stop: AbortSignal;
  /** Abort those under way as well. */
  readonly abort: AbortSignal;
}

/** A reconcile loop. */
export interface Controller {
  readonly name: string;
  /** Waits for the caches, reconciles, and resolves when told to stop and the last reconcile has ended. */
  run(signals: StopSignals): Promise<void>;
  /** Reconciles a key for a reason that no watch knows of. */
  enqueue(key: string): void;
  /** What is wrong with it: a reconcile that neither ended nor heeded its signal. `undefined` when it is well. */
  problem(): string | undefined;
}

/** What an ended reconcile means: for the queue, for the metrics and for the log. */
export interface Outcome {
  readonly next: Next;
  readonly result: ReconcileResult;
  /** What to log, unless there is nothing to say. */
  readonly log?: { readonly level: "debug" | "info" | "error"; readonly message: string };
  readonly terminal?: boolean;
  readonly panic?: boolean;
}

/** How long a reconcile may go on beyond its time, in multiples of it, before the controller calls itself unwell. */
const STUCK = 5;

/** Decides what a reconcile's answer means. */
export function afterAnswer(answer: ReconcileAnswer | undefined): Outcome {
  if (answer?.requeueAfter === undefined) return { next: { type: "Forget" }, result: "success" };
  return { next: { type: "After", delay: answer.requeueAfter }, result: "requeue_after" };
}

/** Decides what an error out of a reconcile means. */
export function afterError(error: unknown): Outcome {
  if (error instanceof Waiting) {
    const next: Next = { type: "After", delay: error.retryAfter };
    return { next, result: "requeue_after", log: { level: "debug", message: "reconcile waits" } };
  }
  if (error instanceof Terminal) {
    const log = { level: "error", message: "reconcile failed for good" } as const;
    return { next: { type: "Forget" }, result: "error", log, terminal: true };
  }
  const errors: readonly unknown[] = error instanceof Incomplete ? error.errors : [error];
  const next = retryAfter(error, errors);
  // Somebody else wrote first: the cache will soon know, and there is nothing to worry about.
  if (errors.every((each) => isApiError(each, "Conflict", "AlreadyExists"))) {
    return { next, result: "requeue", log: { level: "debug", message: "reconcile met a conflict" } };
  }
  return { next, result: "error", log: { level: "error", message: "reconcile failed" }, panic: errors.some(isPanic) };
}

/** Not before every server that was asked is willing, and no later than what was done is wanted again. */
function retryAfter(error: unknown, errors: readonly unknown[]): Next {
  const waits = errors.flatMap((each) => (isApiError(each) ? (each.retryAfter ?? []) : []));
  const atMost = error instanceof Incomplete ? error.requeueAfter : undefined;
  return { type: "Retry", atLeast: waits.length === 0 ? undefined : Math.max(...waits), atMost };
}

/** A reconcile that was told to end because the controller does. */
const CUT_SHORT: Outcome = { next: { type: "Forget" }, result: "requeue" };

class ReconcileLoop implements Controller {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #timeout: number;
  readonly #queue: WorkQueue;
  readonly #metrics: ControllerMetrics | undefined;
  /** When the first event since the last reconcile of a key arrived (ms, monotonic). */
  readonly #eventAt = new Map<string, number>();

  constructor(options: ControllerOptions) {
    const { name, clock, random, metrics, backoff } = options;
    this.name = name;
    this.#options = options;
    this.#timeout = options.timeout ?? 60_000;
    this.#queue = new WorkQueue({ name, clock, random, metrics, backoff });
    this.#metrics = metrics?.controller(name, this.#concurrency);
  }

  get #concurrency(): number {
    return this.#options.concurrency ?? 4;
  }

  enqueue(key: string): void {
    this.#queue.add(key);
  }

  problem(): string | undefined {
    const longest = Math.max(0, ...this.#queue.running) * 1000;
    return longest > this.#timeout * STUCK ? `a reconcile has been running for ${Math.round(longest)} ms` : undefined;
  }

  async run({ stop, abort }: StopSignals): Promise<void> {
    const stopped = untilAborted(stop);
    const { watches, log } = this.#options;
    await Promise.race([stopped, Promise.all(watches.map(({ synced }) => synced))]);
    const ends = stop.aborted
      ? []
      : watches.map((watch) =>
          watch.begin(
            (key) => this.#hear(key),
            (error) => {
              this.#metrics?.panicked();
              log.error({ err: error, controller: this.name }, "a change could not be mapped to keys");
            },
          ),
        );
    this.#eventAt.clear();
    if (!stop.aborted) {
      this.#queue.start((key) => this.#process(key, abort), this.#concurrency);
      log.info({ controller: this.name, keys: this.#queue.depth }, "controller started");
    }
    await stopped;
    for (const end of ends) end();
    await this.#queue.drain();
  }

  #hear(key: string): void {
    if (!this.#eventAt.has(key)) this.#eventAt.set(key, this.#options.clock.monotonic());
    this.#queue.add(key);
  }

  async #process(key: string, abort: AbortSignal): Promise<Next> {
    const { clock } = this.#options;
    const started = clock.monotonic();
    const event = this.#eventAt.get(key);
    this.#eventAt.delete(key);
    if (event !== undefined) this.#metrics?.reacted((started - event) / 1000);
    const log = this.#options.log.child({ controller: this.name, key, reconcile: randomUUID() });
    this.#metrics?.active(1);
    const outcome = await this.#reconcile(key, log, abort);
    this.#metrics?.active(-1);
    this.#metrics?.reconciled(outcome.result, (clock.monotonic() - started) / 1000);
    if (outcome.terminal === true) this.#metrics?.terminal();
    if (outcome.panic === true) this.#metrics?.panicked();
    return outcome.next;
  }

  async #reconcile(key: string, log: Logger, abort: AbortSignal): Promise<Outcome> {
    const { clock, reconcile } = this.#options;
    const failures = this.#queue.failuresOf(key);
    using deadline = new Deadline({ clock, what: `reconcile of ${key}`, allowed: this.#timeout, parent: abort });
    try {
      return afterAnswer((await reconcile(key, { signal: deadline.signal, log, failures })) ?? undefined);
    } catch (error) {
      if (deadline.exceeded) this.#metrics?.timedOut();
      if (abort.aborted) return CUT_SHORT;
      const outcome = afterError(error);
      if (outcome.log !== undefined) log[outcome.log.level]({ err: error, failures }, outcome.log.message);
      return outcome;
    }
  }
}

/** Makes a controller; it does nothing before it runs. */
export function defineController(options: ControllerOptions): Controller {
  return new ReconcileLoop(options);
}
