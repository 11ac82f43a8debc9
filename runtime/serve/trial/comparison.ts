import { isDeepStrictEqual } from "node:util";
import { type Backoff, backoffDelay, type Random } from "../../../operator/kit/backoff.ts";
import type { Clock } from "../../../operator/kit/clock.ts";
import type { Logger } from "../../../operator/kit/log.ts";
import type { TrackEvidence } from "../camera/view.ts";
import type { Slots } from "../slot/slots.ts";
import { GalleryNotLoaded, replayProbes, type Probe } from "./replay.ts";
import { Trial, type TrialRecord, type TrialSpec } from "./trial.ts";

export interface ComparisonOptions {
  slots: Slots;
  /** Rejects when the probes cannot be had. */
  readProbes: (trial: TrialSpec, signal: AbortSignal) => Promise<Probe[]>;
  onChange: () => void;
  clock: Clock;
  random: Random;
  log: Logger;
}

/** Part of the engines' time that probes may take. */
const probeShare = 0.6;
const backoff: Backoff = { base: 2_000, cap: 120_000 };

/**
 * The trial that is wanted, as long as it is: it begins when both slots are ready, so that loading is not counted as
 * time without evidence, and pauses while one of them is not.
 */
export class Comparison implements AsyncDisposable {
  readonly #options: ComparisonOptions;
  #wanted: TrialSpec | undefined;
  #past: TrialRecord | undefined;
  #trial: Trial | undefined;
  #stop = new AbortController();
  #replaying: Promise<void> | undefined;
  #replayed = false;
  #ended = false;
  #failures = 0;
  #retryAt = -Infinity;

  /** @param past what the last run of this node had seen. */
  constructor(options: ComparisonOptions, past: TrialRecord | undefined) {
    this.#options = options;
    this.#past = past;
  }

  /** Says which trial is wanted from now on. The evidence of another one is never counted in. */
  want(spec: TrialSpec | undefined): void {
    if (isDeepStrictEqual(spec, this.#wanted)) return;
    this.#stop.abort(new Error("another trial is wanted"));
    this.#past = this.#trial?.record ?? this.#past;
    this.#wanted = spec;
    this.#trial = undefined;
    [this.#replayed, this.#failures, this.#retryAt] = [false, 0, -Infinity];
  }

  /** Begins, pauses or goes on as the slots allow. Cheap when nothing changed: call it often. */
  sync(): void {
    const { slots, clock } = this.#options;
    if (this.#wanted === undefined || this.#ended) return;
    if (!slots.paired) {
      this.#stop.abort(new Error("a slot is not ready"));
      return;
    }
    this.#trial ??= new Trial(this.#wanted, clock.now(), this.#past);
    const due = !this.#replayed && clock.monotonic() >= this.#retryAt;
    if (this.#wanted.probes === undefined || this.#replaying !== undefined || !due) return;
    this.#stop = new AbortController();
    this.#replaying = this.#replay(this.#trial, this.#stop.signal).finally(() => {
      this.#replaying = undefined;
      this.sync();
    });
  }

  /** The trial, while both its slots are what a frame is looked at with. */
  running(): Trial | undefined {
    return this.#options.slots.paired ? this.#trial : undefined;
  }

  /** The trial that was begun, running or not. */
  get trial(): Trial | undefined {
    return this.#trial;
  }

  /** Takes the evidence of a track that began in the same trial. */
  observe({ trial, differences }: TrackEvidence): void {
    if (this.#trial?.spec.id !== trial || differences.length === 0) return;
    this.#trial.observe(differences);
    this.#options.onChange();
  }

  /** What a later run needs to go on. */
  get record(): TrialRecord | undefined {
    const record = this.#trial?.record ?? this.#past;
    return record?.id === this.#wanted?.id ? record : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    this.#stop.abort(new Error("the runtime stops"));
    await this.#replaying;
  }

  async #replay(trial: Trial, signal: AbortSignal): Promise<void> {
    const { slots, readProbes, onChange, clock, random, log } = this.#options;
    try {
      const probes = await readProbes(trial.spec, signal);
      const onObserved = () => {
        trial.trouble = undefined;
        onChange();
      };
      await replayProbes({ trial, slots, probes, share: probeShare, onObserved, signal });
      if (!signal.aborted) this.#replayed = true;
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, "probes could not be replayed");
      // Other errors may name a file, and a file a person.
      trial.trouble = error instanceof GalleryNotLoaded ? error.message : "probes could not be replayed: see the log";
      onChange();
      this.#failures += 1;
      this.#retryAt = clock.monotonic() + backoffDelay(backoff, this.#failures, random);
    }
  }
}
