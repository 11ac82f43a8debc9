import { type Backoff, backoffDelay, type Random } from "../../../operator/kit/backoff.ts";
import type { Logger } from "../../../operator/kit/log.ts";
import { forgetErased, type GallerySpec, isCurrent, type LoadedGallery } from "./galleries.ts";
import type { Slot } from "./holder.ts";

export interface RefreshOptions {
  /** Embeds a gallery by a slot's engines. Rejects when its pictures cannot be had. */
  load: (slot: Slot, wanted: GallerySpec, signal: AbortSignal) => Promise<LoadedGallery>;
  onChange: () => void;
  /** Milliseconds of a clock that never steps back. */
  now: () => number;
  random: Random;
  log: Logger;
}

const backoff: Backoff = { base: 10_000, cap: 300_000 };

/**
 * Keeps the galleries of loaded slots as they are wanted. Who was erased is forgotten at once; who is new is embedded
 * beside what runs, while the others go on being recognized.
 */
export class GalleryRefresh implements AsyncDisposable {
  readonly #options: RefreshOptions;
  #wanted: readonly GallerySpec[] = [];
  #stop = new AbortController();
  #running: Promise<void> | undefined;
  #failures = 0;
  #retryAt = -Infinity;

  constructor(options: RefreshOptions) {
    this.#options = options;
  }

  /** Says what is wanted from now on. */
  want(wanted: readonly GallerySpec[]): void {
    this.#wanted = wanted;
    [this.#failures, this.#retryAt] = [0, -Infinity];
    this.#stop.abort(new Error("other galleries are wanted"));
  }

  /** Compares the slots with what is wanted and acts upon the difference. Cheap when there is none: call it often. */
  sync(slots: readonly Slot[]): void {
    for (const { galleries } of slots) forgetErased(galleries, this.#wanted);
    const stale = slots.filter((slot) => missing(slot, this.#wanted).length > 0);
    if (stale.length === 0 || this.#running !== undefined || this.#options.now() < this.#retryAt) return;
    this.#stop = new AbortController();
    this.#running = this.#refresh(stale, this.#wanted, this.#stop.signal).finally(() => {
      this.#running = undefined;
      this.#options.onChange();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the runtime stops"));
    await this.#running;
  }

  async #refresh(slots: readonly Slot[], wanted: readonly GallerySpec[], signal: AbortSignal): Promise<void> {
    for (const slot of slots) {
      for (const spec of missing(slot, wanted)) {
        const gallery = await this.#load(slot, spec, signal);
        if (signal.aborted) return;
        slot.galleries.set(spec.name, gallery);
        this.#options.onChange();
      }
    }
    const complete = slots.every((slot) => missing(slot, wanted).length === 0);
    this.#failures = complete ? 0 : this.#failures + 1;
    this.#retryAt = complete
      ? -Infinity
      : this.#options.now() + backoffDelay(backoff, this.#failures, this.#options.random);
  }

  /** The gallery, or the version that was loaded before with a message of what is wrong. */
  async #load(slot: Slot, spec: GallerySpec, signal: AbortSignal): Promise<LoadedGallery> {
    try {
      return await this.#options.load(slot, spec, signal);
    } catch (error) {
      if (!signal.aborted) this.#options.log.warn({ err: error, gallery: spec.name }, "a gallery could not be loaded");
      const before = slot.galleries.get(spec.name) ?? { name: spec.name, version: spec.version, people: 0 };
      return { ...before, message: error instanceof Error ? error.message : String(error) };
    }
  }
}

function missing({ galleries }: Slot, wanted: readonly GallerySpec[]): GallerySpec[] {
  return wanted.filter((spec) => !isCurrent(spec, galleries.get(spec.name)));
}
