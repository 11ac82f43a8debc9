import { setTimeout as sleep } from "node:timers/promises";
import type { NodeRuntimeStatus } from "../../crds/noderuntime.ts";
import type { Logger } from "../../operator/kit/log.ts";
import { hasNewEvidence, isMaterial } from "./report.ts";

export interface ReporterOptions {
  /** Makes the status from what is true now; `past` is the last one written. */
  status: (past: NodeRuntimeStatus | undefined) => NodeRuntimeStatus;
  /** Writes it. Rejects while the API server is away. */
  write: (status: NodeRuntimeStatus) => Promise<void>;
  /** Milliseconds between two writes that only add evidence. */
  evidenceInterval: number;
  now: () => number;
  log: Logger;
}

const backoff = { first: 500, last: 15_000 };

/**
 * Writes the node's status when something material changes, and evidence at most every so often. While the API server
 * is away it tries again; what it then writes is what is true by then.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  #written: NodeRuntimeStatus | undefined;
  #writtenAt = -Infinity;
  #wake = Promise.withResolvers<void>();

  /** @param written the status that the API server has, so that a restart writes nothing when nothing changed. */
  constructor(options: ReporterOptions, written?: NodeRuntimeStatus) {
    this.#options = options;
    this.#written = written;
  }

  /** Says that something may have changed. Cheap: calls within a moment are one. */
  notify(): void {
    this.#wake.resolve();
  }

  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.notify(), { once: true });
    for (let failures = 0; !signal.aborted;) {
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
      await sleep(50, undefined, { signal }).catch(() => undefined);
      failures = (await this.#report()) ? 0 : failures + 1;
      if (failures === 0) continue;
      await sleep(Math.min(backoff.last, backoff.first * 2 ** failures), undefined, { signal }).catch(() => undefined);
      this.notify();
    }
  }

  /** Whether all that should be written is. */
  async #report(): Promise<boolean> {
    const { status, write, now, log } = this.#options;
    const wanted = status(this.#written);
    if (!this.#isDue(wanted)) return true;
    try {
      await write(wanted);
      [this.#written, this.#writtenAt] = [wanted, now()];
      return true;
    } catch (error) {
      log.warn({ err: error }, "status could not be written");
      return false;
    }
  }

  #isDue(wanted: NodeRuntimeStatus): boolean {
    if (isMaterial(wanted, this.#written)) return true;
    return (
      hasNewEvidence(wanted, this.#written) && this.#options.now() - this.#writtenAt >= this.#options.evidenceInterval
    );
  }
}
