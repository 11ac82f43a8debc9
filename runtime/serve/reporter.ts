import type { NodeRuntimeStatus } from "../../crds/noderuntime.ts";
import { type Backoff, backoffDelay, type Random } from "../../operator/kit/backoff.ts";
import type { Clock } from "../../operator/kit/clock.ts";
import { hasAborted } from "../../operator/kit/deadline.ts";
import type { Logger } from "../../operator/kit/log.ts";
import { hasNewEvidence, hasNewRates, isMaterial } from "./report.ts";

/** The object whose status is reported, as the API server has it. */
export interface Reported {
  uid: string;
  status: NodeRuntimeStatus | undefined;
}

export interface ReporterOptions {
  /** The object, as far as is known; undefined when there is none to report to. */
  live: () => Reported | undefined;
  /** Makes the status from what is true now; `past` is the one that the API server has. */
  status: (past: NodeRuntimeStatus | undefined) => NodeRuntimeStatus;
  /** Writes it. Rejects while the API server is away. */
  write: (status: NodeRuntimeStatus, signal: AbortSignal) => Promise<void>;
  /** Milliseconds between two writes that only add evidence. */
  evidenceInterval: number;
  clock: Clock;
  random: Random;
  log: Logger;
}

/** Milliseconds in which changes gather into one write. */
const gather = 50;
/** Milliseconds between two writes that only tell new rates. */
const ratesInterval = 60_000;
const backoff: Backoff = { base: 1_000, cap: 15_000 };

/**
 * Writes the node's status when something material changes, and evidence and rates at most every so often. While the API server
 * is away it tries again; what it then writes is what is true by then.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  #written: Reported | undefined;
  #writtenAt = -Infinity;
  #failures = 0;
  #wake = Promise.withResolvers<void>();

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** Says that something may have changed. Cheap: calls within a moment are one. */
  notify(): void {
    this.#wake.resolve();
  }

  /** Runs until the signal aborts; only then does it resolve. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.notify(), { once: true });
    for (let rest: number | undefined = 0; !signal.aborted;) {
      if (this.#failures > 0) await this.#sleep(rest ?? 0, signal);
      else await this.#wakeWithin(rest);
      await this.#sleep(gather, signal);
      if (hasAborted(signal)) return;
      this.#wake = Promise.withResolvers();
      try {
        rest = await this.#report(signal);
        this.#failures = 0;
      } catch (error) {
        rest = this.#fail(error, signal);
      }
    }
  }

  /** @returns milliseconds until it is worth another look; undefined as long as nothing changes. */
  async #report(signal: AbortSignal): Promise<number | undefined> {
    const { live, status } = this.#options;
    const object = live();
    if (object === undefined) return undefined;
    const past = this.#written?.uid === object.uid ? this.#written.status : object.status;
    const wanted = status(past);
    const interval = this.#intervalFor(wanted, past);
    if (interval === undefined) return undefined;
    const wait = this.#writtenAt + interval - this.#options.clock.monotonic();
    return wait > 0 ? wait : this.#write({ uid: object.uid, status: wanted }, signal);
  }

  /** How long after the last write this one may follow, in milliseconds; undefined when there is nothing to tell. */
  #intervalFor(wanted: NodeRuntimeStatus, past: NodeRuntimeStatus | undefined): number | undefined {
    if (isMaterial(wanted, past)) return 0;
    if (hasNewEvidence(wanted, past)) return this.#options.evidenceInterval;
    return hasNewRates(wanted, past) ? ratesInterval : undefined;
  }

  async #write(report: { uid: string; status: NodeRuntimeStatus }, signal: AbortSignal): Promise<undefined> {
    await this.#options.write(report.status, signal);
    [this.#written, this.#writtenAt] = [report, this.#options.clock.monotonic()];
  }

  /** @returns milliseconds to wait. */
  #fail(error: unknown, signal: AbortSignal): number {
    this.#failures += 1;
    if (!signal.aborted) this.#options.log.warn({ err: error }, "status could not be written");
    return backoffDelay(backoff, this.#failures, this.#options.random);
  }

  /** Waits for the next change, for so many milliseconds at most. */
  async #wakeWithin(milliseconds: number | undefined): Promise<void> {
    const { clock } = this.#options;
    const timer = milliseconds === undefined ? undefined : clock.setTimer(milliseconds, () => this.notify());
    await this.#wake.promise;
    timer?.cancel();
  }

  async #sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(milliseconds, signal).catch(() => undefined);
  }
}
