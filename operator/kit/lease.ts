import { isApiError, orUndefined } from "./api-error.ts";
import type { Random } from "./backoff.ts";
import type { Client } from "./client.ts";
import type { Clock } from "./clock.ts";
import { hasAborted } from "./deadline.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { KubeObject } from "./object.ts";
import { formatMicros } from "./event.ts";
import type { Resource } from "./resource.ts";

/** coordination.k8s.io/v1 Lease. */
export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

/** LeaseSpec; times are RFC 3339 with microseconds. */
export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

/** Leases. */
export const LEASES: Resource<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
};

/** Thrown instead of writing by a process that no longer leads. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

/** The times of an election, in milliseconds; `renewDeadline` < `duration`, by the time a write may be under way. */
export interface LeaseTiming {
  /** How long others wait after the last renewal they saw: 15 s. */
  readonly duration: number;
  /** How long the holder believes in its own last renewal: 10 s. */
  readonly renewDeadline: number;
  /** How often the holder renews and the others look: 2 s, and for the others up to 2.2 times that. */
  readonly retry: number;
}

/** What an elector is made of. */
export interface LeaseOptions {
  /** A client of its own: no other traffic may hold up a renewal. */
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics?: Metrics | undefined;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process, such as the pod's name and a random part. */
  readonly identity: string;
  readonly timing?: Partial<LeaseTiming> | undefined;
}

/** Elects one leader among the processes that run it. */
export interface LeaderElector {
  /** Resolves when this process leads; rejects with the signal's reason when it aborts before. */
  acquire(signal: AbortSignal): Promise<void>;
  /** Renews until the signal aborts; then it still holds. @throws LeaseLost when renewing did not work in time. */
  hold(signal: AbortSignal): Promise<void>;
  /** Gives the lease up, so that another process need not wait for it to run out. Call it when nothing writes any more. */
  release(): Promise<void>;
  /** Whether this process leads now, by its own clock. */
  isLeader(): boolean;
  /** @throws LeaseLost unless {@link LeaderElector.isLeader}. For use right before each write. */
  assertHeld(): void;
}

const TIMING: LeaseTiming = { duration: 15_000, renewDeadline: 10_000, retry: 2_000 };
/** How much longer than `retry` others may wait, as a share of it (client-go's JitterFactor). */
const JITTER = 1.2;

/**
 * Leader election on a Lease, as client-go's tools/leaderelection: clocks of different hosts are never compared.
 * Others let the lease run out by counting from when they themselves saw it change; the holder counts from before it
 * sent the last renewal that was accepted, by a clock that never steps, and stops `duration - renewDeadline` earlier.
 */
class Elector implements LeaderElector {
  readonly #options: LeaseOptions;
  readonly #timing: LeaseTiming;
  /** The record as last seen, and when (ms, monotonic). */
  #observed: { readonly record: string; readonly at: number } | undefined;
  /** Until when this process leads (ms, monotonic). */
  #heldUntil = -Infinity;
  #lease: Lease | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
  }

  isLeader(): boolean {
    return this.#options.clock.monotonic() < this.#heldUntil;
  }

  assertHeld(): void {
    if (!this.isLeader()) throw new LeaseLost(`lease ${this.#options.name}: not held by ${this.#options.identity}`);
  }

  async acquire(signal: AbortSignal): Promise<void> {
    const { clock, random, log, name, metrics } = this.#options;
    metrics?.leading(name, false);
    while (!(await this.#try(signal))) {
      await clock.sleep(this.#timing.retry * (1 + JITTER * random()), signal);
    }
    metrics?.leading(name, true);
    log.info({ lease: name }, "lease acquired");
  }

  async hold(signal: AbortSignal): Promise<void> {
    const { clock, log, name, metrics } = this.#options;
    const { retry } = this.#timing;
    while (!hasAborted(signal)) {
      const wait = Math.min(retry, Math.max(0, this.#heldUntil - clock.monotonic()));
      await clock.sleep(wait, signal).catch(() => undefined);
      if (hasAborted(signal)) return;
      const renewed = await this.#try(signal).catch(() => false);
      if (renewed || hasAborted(signal) || this.isLeader()) continue;
      metrics?.leading(name, false);
      log.error({ lease: name }, "lease lost");
      throw new LeaseLost(`lease ${name}: not renewed within ${this.#timing.renewDeadline} ms`);
    }
  }

  async release(): Promise<void> {
    const { client, clock, log, name, metrics } = this.#options;
    const lease = this.#lease;
    if (lease === undefined || !this.isLeader()) return;
    this.#heldUntil = -Infinity;
    metrics?.leading(name, false);
    const spec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: stamp(clock.now()) };
    try {
      await client.replace(LEASES, { ...lease, spec } as Lease, { timeout: this.#timing.retry });
      log.info({ lease: name }, "lease released");
    } catch (error) {
      log.warn({ err: error, lease: name }, "lease could not be released and has to run out");
    }
  }

  /** Takes or renews the lease if that is possible now. @returns Whether this process holds it. */
  async #try(signal: AbortSignal): Promise<boolean> {
    const { clock, log, name } = this.#options;
    const started = clock.monotonic();
    try {
      const lease = await this.#write(signal, started);
      if (lease === undefined) return false;
      this.#lease = lease;
      this.#heldUntil = started + this.#timing.renewDeadline;
      return true;
    } catch (error) {
      signal.throwIfAborted();
      // What is held may have changed hands: look before the next write.
      this.#lease = undefined;
      if (!isApiError(error, "Conflict", "AlreadyExists")) log.warn({ err: error, lease: name }, "lease not renewed");
      return false;
    }
  }

  async #write(signal: AbortSignal, now: number): Promise<Lease | undefined> {
    const { client, namespace, name, identity } = this.#options;
    const options = { signal, timeout: this.#patience(now) };
    const live = this.#lease ?? (await orUndefined(client.get(LEASES, { namespace, name }, options)));
    if (live === undefined) {
      const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { namespace, name } };
      return client.create(LEASES, { ...lease, spec: this.#spec(undefined) } as Lease, options);
    }
    this.#observe(live, now);
    const holder = live.spec?.holderIdentity ?? "";
    if (holder !== "" && holder !== identity && !this.#hasRunOut(now)) {
      this.#heldUntil = -Infinity;
      return undefined;
    }
    const renewed: Lease = { ...live, spec: this.#spec(live.spec) };
    return client.replace(LEASES, renewed, options);
  }

  /** How long a request may take, in milliseconds: two fit into the deadline, and none outlasts the lease. */
  #patience(now: number): number {
    const half = this.#timing.renewDeadline / 2;
    return this.isLeader() ? Math.min(half, this.#heldUntil - now) : half;
  }

  #observe({ spec }: Lease, now: number): void {
    const record = JSON.stringify([spec?.holderIdentity, spec?.renewTime, spec?.leaseTransitions]);
    if (this.#observed?.record !== record) this.#observed = { record, at: now };
  }

  #hasRunOut(now: number): boolean {
    return this.#observed !== undefined && now - this.#observed.at >= this.#timing.duration;
  }

  #spec(before: LeaseSpec | undefined): LeaseSpec {
    const { clock, identity } = this.#options;
    const renewTime = stamp(clock.now());
    const isOurs = before?.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#timing.duration / 1000),
      acquireTime: isOurs ? (before.acquireTime ?? renewTime) : renewTime,
      renewTime,
      leaseTransitions: (before?.leaseTransitions ?? 0) + (isOurs || before === undefined ? 0 : 1),
    };
  }
}

function stamp(now: number): string {
  return formatMicros(Math.round(now * 1000));
}

/** Makes an elector; it does nothing before it is asked. @throws TypeError for times that leave no safety margin. */
export function createLeaderElector(options: LeaseOptions): LeaderElector {
  const { duration, renewDeadline, retry } = { ...TIMING, ...options.timing };
  if (!(retry * (1 + JITTER) < renewDeadline && renewDeadline < duration)) {
    throw new TypeError(
      `lease ${options.name}: retry ${retry} ms * ${1 + JITTER} < renewDeadline ${renewDeadline} ms < duration ${duration} ms must hold`,
    );
  }
  return new Elector(options);
}
