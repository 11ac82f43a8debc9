import type { CameraStreamSpec } from "../../crds/camerastream.ts";
import type { Random } from "../../operator/kit/backoff.ts";
import type { Logger } from "../../operator/kit/log.ts";
import { Delivery } from "../events/delivery.ts";
import { writeEvent, type Occurrence, type Origin } from "../events/event.ts";
import { Outbox, type OutboxCounts } from "../events/outbox.ts";
import { openSink, sinkKey, sinkOf } from "../events/sink.ts";

type Sinks = CameraStreamSpec["sinks"];

export interface PostOptions {
  /** Database file of the outbox. */
  file: string;
  origin: Origin;
  /** Milliseconds in which events may still be delivered when it is closed. */
  drainTime: number;
  random: Random;
  log: Logger;
}

/** Counts of the outbox, what waits in it, and what the disk did not take. */
export interface PostCounts extends OutboxCounts {
  unwritten: number;
  pending: number;
}

/** Most events that wait for their sinks on the node's disk. */
const capacity = 100_000;

/**
 * Takes events of all cameras and sees to their delivery. Sinks of the same address share a queue, and what was accepted
 * is delivered even if its camera is gone by then.
 */
export class Post implements AsyncDisposable {
  readonly #options: PostOptions;
  readonly #outbox: Outbox;
  readonly #deliveries = new Map<string, Delivery>();
  #unwritten = 0;

  constructor(options: PostOptions) {
    this.#options = options;
    this.#outbox = new Outbox({ file: options.file, capacity });
    if (this.#outbox.beganAnew) options.log.error("the outbox was damaged: the events that waited in it are lost");
    for (const key of this.#outbox.sinks()) this.#deliver(key);
  }

  /** Accepts events: when this returns they are on the disk, or counted as unwritten. */
  send(sinks: Sinks, occurrences: readonly Occurrence[]): void {
    const keys = [...new Set(sinks.map(sinkKey))];
    const letters = occurrences.flatMap((occurrence) =>
      keys.map((sink) => ({
        sink,
        write: (number: Parameters<typeof writeEvent>[0]) => writeEvent(number, this.#options.origin, occurrence),
      })),
    );
    try {
      this.#outbox.accept(letters);
    } catch (error) {
      this.#unwritten += letters.length;
      this.#options.log.error({ err: error, events: letters.length }, "events could not be written to the disk");
    }
    for (const key of keys) this.#deliver(key);
  }

  get counts(): PostCounts {
    return { ...this.#outbox.counts, unwritten: this.#unwritten, pending: this.#outbox.depth };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#deliveries.values()].map((delivery) => delivery.drain(this.#options.drainTime)));
    this.#outbox[Symbol.dispose]();
  }

  /** Events for a kind of sink that only a newer build knows wait for that build. */
  #deliver(key: string): void {
    const address = sinkOf(key);
    if (address === undefined) return;
    const delivery =
      this.#deliveries.get(key) ??
      new Delivery({ outbox: this.#outbox, sink: openSink(address), key, random: this.#options.random });
    this.#deliveries.set(key, delivery);
    delivery.notify();
  }
}
