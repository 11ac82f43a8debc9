import type { CameraStreamSpec } from "../../crds/camerastream.ts";
import { Delivery } from "../events/delivery.ts";
import { writeEvent, type Origin } from "../events/event.ts";
import { Outbox, type OutboxCounts } from "../events/outbox.ts";
import { openSink, sinkKey } from "../events/sink.ts";
import type { Told } from "./camera/view.ts";

type Sinks = CameraStreamSpec["sinks"];

export interface PostOptions {
  /** Database file of the outbox. */
  file: string;
  origin: Origin;
  /** Milliseconds in which events may still be delivered when it is closed. */
  drainTime: number;
}

/** Most events that wait for their sinks on the node's disk. */
const capacity = 100_000;

/** Takes events of all cameras and sees to their delivery. Sinks of the same address share a queue. */
export class Post implements AsyncDisposable {
  readonly #options: PostOptions;
  readonly #outbox: Outbox;
  readonly #deliveries = new Map<string, Delivery>();

  constructor(options: PostOptions) {
    this.#options = options;
    this.#outbox = new Outbox({ file: options.file, capacity });
  }

  /** Accepts events: when this returns they are on the disk. */
  send(sinks: Sinks, told: readonly Told[]): void {
    const keys = sinks.map(sinkKey);
    for (const { sighting, happening } of told) {
      this.#outbox.accept(keys, (sequence) => writeEvent(sequence, this.#options.origin, sighting, happening));
    }
    for (const sink of sinks) this.#delivery(sink).notify();
  }

  /** Begins to deliver what an earlier run left for these sinks. */
  open(sinks: Sinks): void {
    for (const sink of sinks) this.#delivery(sink).notify();
  }

  get counts(): OutboxCounts & { depth: number } {
    return { ...this.#outbox.counts(), depth: this.#outbox.depth };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#deliveries.values()].map((delivery) => delivery.drain(this.#options.drainTime)));
    this.#outbox[Symbol.dispose]();
  }

  #delivery(sink: Sinks[number]): Delivery {
    const key = sinkKey(sink);
    const known = this.#deliveries.get(key);
    if (known !== undefined) return known;
    const delivery = new Delivery({ outbox: this.#outbox, sink: openSink(sink), key });
    this.#deliveries.set(key, delivery);
    return delivery;
  }
}
