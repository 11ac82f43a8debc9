import { ApiError, isApiError } from "./api-error.ts";
import { type Backoff, backoffDelay, type Random } from "./backoff.ts";
import { Cache, deepFreeze, type IndexFunction } from "./cache.ts";
import type { Client, Selection } from "./client.ts";
import type { Clock } from "./clock.ts";
import { hasAborted } from "./deadline.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { ReflectorMetrics } from "./metrics/reflector.ts";
import type { KubeObject } from "./object.ts";
import type { Resource } from "./resource.ts";
import type { WatchEvent } from "./watch.ts";

/** What a reflector is made of. `Raw` is what the server sends, `T` what is kept of it. */
export interface ReflectorOptions<Raw extends KubeObject, T extends KubeObject, I extends string> extends Selection {
  readonly resource: Resource<Raw>;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics?: Metrics | undefined;
  /** Keeps the fields that are used. An object that it throws on is skipped and counted. */
  readonly pick: (object: Raw) => T;
  readonly indexes?: Readonly<Record<I, IndexFunction<T>>> | undefined;
  /** Objects a page of a list: 500 unless told. */
  readonly pageSize?: number | undefined;
  readonly timing?: Partial<ReflectorTiming> | undefined;
}

/** The times of a reflector, in milliseconds. */
export interface ReflectorTiming {
  /** How long the server keeps a watch: a random time between this and twice this. */
  readonly watchFor: number;
  /** How long a watch may be silent. The server sends a bookmark about once a minute, so silence means a dead link. */
  readonly idle: number;
  /** How long one page of a list may take. */
  readonly list: number;
  /** How often the whole is listed again although the watches say that all is well; looked at when one ends. */
  readonly resync: number;
  /** Waits between failures. */
  readonly backoff: Backoff;
}

const TIMING: ReflectorTiming = {
  watchFor: 300_000,
  idle: 90_000,
  list: 60_000,
  resync: 1_800_000,
  backoff: { base: 500, cap: 30_000 },
};

/** What a reflector does after a watch has ended. */
export interface NextStep {
  /** "Watch" resumes from the last version seen; "List" begins anew. */
  readonly step: "Watch" | "List";
  /** Whether to wait, since the same would happen again. */
  readonly wait: boolean;
}

/** What the end of a watch calls for, by what ended it; anything else is resumed after a wait. */
const AFTER_ERROR: Readonly<Partial<Record<ApiError["kind"], NextStep>>> = {
  Gone: { step: "List", wait: false },
  // The server's cache is behind the version asked for (cause ResourceVersionTooLarge), or the request is nonsense.
  Timeout: { step: "List", wait: true },
  BadRequest: { step: "List", wait: true },
  Malformed: { step: "List", wait: true },
  TooLarge: { step: "List", wait: true },
  // The kind is not served, or not to us: the list will say when it is again.
  NotFound: { step: "List", wait: true },
  Forbidden: { step: "List", wait: true },
};

/**
 * Decides how to go on after a watch.
 *
 * @param error What ended it; `undefined` when the server did, in good order.
 * @param progressed Whether an event or a bookmark arrived, or the watch lasted.
 */
export function afterWatch(error: unknown, progressed: boolean): NextStep {
  if (error === undefined) return { step: "Watch", wait: !progressed };
  const known = error instanceof ApiError ? AFTER_ERROR[error.kind] : undefined;
  return known ?? { step: "Watch", wait: true };
}

function reasonOf(error: unknown): string {
  if (error === undefined) return "Ended";
  return error instanceof ApiError ? error.kind : "Defect";
}

/** A watch that lasted this long, in milliseconds, was a good one even if nothing happened in it. */
const LASTED = 5_000;

/**
 * Keeps a cache equal to what the API server has, for as long as it runs: a paged list, then a watch that is resumed
 * where it broke off, then another list when the server has forgotten that place. It survives refused and reset
 * connections, answers of 410, 429 and 500, lines cut off, and connections that fell silent; it never gives up.
 * After client-go's tools/cache.Reflector and the watcher of kube-rs.
 */
export class Reflector<Raw extends KubeObject, T extends KubeObject = Raw, I extends string = never> {
  /** What the server has, as far as is known. Empty before {@link Reflector.synced}. */
  readonly cache: Cache<T, I>;
  readonly name: string;
  readonly #options: ReflectorOptions<Raw, T, I>;
  readonly #timing: ReflectorTiming;
  readonly #log: Logger;
  readonly #metrics: ReflectorMetrics | undefined;
  readonly #synced = Promise.withResolvers<undefined>();
  #hasSynced = false;
  #failures = 0;

  constructor(options: ReflectorOptions<Raw, T, I>) {
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
    this.name = options.resource.plural;
    this.cache = new Cache(options.indexes);
    this.#log = options.log.child({ reflector: this.name });
    this.#metrics = options.metrics?.reflector(this.name);
  }

  /** Resolves after the first complete list. */
  get synced(): Promise<undefined> {
    return this.#synced.promise;
  }

  /** Whether there has been a complete list. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Runs until the signal aborts; only then does it resolve. Whatever goes wrong, it goes on. */
  async run(signal: AbortSignal): Promise<void> {
    let version: string | undefined;
    while (!hasAborted(signal)) {
      try {
        version ??= await this.#list(signal);
        version = await this.#watchOn(version, signal);
      } catch (error) {
        if (hasAborted(signal)) return;
        version = undefined;
        this.#metrics?.listFailed(reasonOf(error));
        this.#log.warn({ err: error }, "list failed");
        await this.#wait(error, signal);
      }
    }
  }

  /**
   * Lists from the server's present state, never from a version of ours, so that the cache cannot go back in time.
   * @returns The version to watch from.
   */
  async #list(signal: AbortSignal): Promise<string> {
    const { client, clock, resource, namespace, labelSelector, fieldSelector, metadataOnly, pageSize } = this.#options;
    const started = clock.monotonic();
    const selection = { namespace, labelSelector, fieldSelector, metadataOnly, pageSize };
    const pick = (object: Raw): T | undefined => this.#pick(object);
    const list = await client.list(resource, { ...selection, pick, signal, timeout: this.#timing.list });
    const objects = list.items.filter((object) => object !== undefined);
    this.cache.replace(objects);
    this.#metrics?.listed((clock.monotonic() - started) / 1000, objects.length);
    if (!this.#hasSynced) this.#log.info({ objects: objects.length }, "cache synced");
    this.#hasSynced = true;
    this.#synced.resolve(undefined);
    return list.resourceVersion;
  }

  /** Watches, again and again. @returns `undefined` when it takes a list to go on. */
  async #watchOn(from: string, signal: AbortSignal): Promise<string | undefined> {
    const { clock, random } = this.#options;
    const listAgain = clock.monotonic() + this.#timing.resync * (0.9 + 0.2 * random());
    const place = { version: from };
    while (!hasAborted(signal)) {
      const started = clock.monotonic();
      const seen = place.version;
      const error = await this.#watchOnce(place, signal);
      if (hasAborted(signal)) break;
      const progressed = place.version !== seen || clock.monotonic() - started >= LASTED;
      if (progressed) this.#failures = 0;
      const { step, wait } = afterWatch(error, progressed);
      this.#metrics?.watchEnded(reasonOf(error));
      if (error !== undefined) this.#log.debug({ err: error, step }, "watch ended");
      if (wait) await this.#wait(error, signal);
      if (step === "List" || clock.monotonic() >= listAgain) return undefined;
    }
    return undefined;
  }

  /** One watch, from `place` on, which moves along. @returns What ended it, or `undefined` for the server's own end. */
  async #watchOnce(place: { version: string }, signal: AbortSignal): Promise<unknown> {
    const { client, random, resource, namespace, labelSelector, fieldSelector, metadataOnly } = this.#options;
    const { watchFor, idle } = this.#timing;
    try {
      const events = client.watch(resource, {
        ...{ namespace, labelSelector, fieldSelector, metadataOnly, signal },
        resourceVersion: place.version,
        timeoutSeconds: Math.ceil((watchFor * (1 + random())) / 1000),
        idleTimeout: idle,
      });
      for await (const event of events) place.version = this.#take(event);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #take(event: WatchEvent<Raw>): string {
    if (event.type === "BOOKMARK") return event.resourceVersion;
    const object = this.#pick(event.object);
    if (object === undefined) return event.object.metadata.resourceVersion;
    if (event.type === "DELETED") this.cache.remove(object);
    else this.cache.upsert(object);
    return event.object.metadata.resourceVersion;
  }

  #pick(object: Raw): T | undefined {
    try {
      // Frozen here, page by page, rather than all at once when the list is complete.
      return deepFreeze(this.#options.pick(object));
    } catch (error) {
      this.#metrics?.skipped();
      this.#log.error({ err: error, object: object.metadata.name }, "object could not be read and was skipped");
      return undefined;
    }
  }

  /** Waits as the error asks, or as long as the failures in a row say. */
  async #wait(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    this.#failures += 1;
    const asked = isApiError(error) ? (error.retryAfter ?? 0) : 0;
    const wait = Math.max(asked, backoffDelay(this.#timing.backoff, this.#failures, random));
    await clock.sleep(wait, signal).catch(() => undefined);
  }
}
