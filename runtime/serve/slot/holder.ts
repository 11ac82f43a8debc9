import type { SlotRevision } from "../../../crds/enginebuild.ts";
import type { NodeRuntimeStatus } from "../../../crds/noderuntime.ts";
import type { Analyzer } from "../../pipeline/analyzer.ts";
import type { LoadedGalleries } from "./galleries.ts";

/** A revision that is ready to look at frames, with the galleries that its own engines embedded. */
export interface Slot extends AsyncDisposable {
  readonly revision: SlotRevision;
  readonly analyzer: Analyzer;
  readonly galleries: LoadedGalleries;
}

/** Loads engines, checks their golden outputs and embeds galleries. `onFailed` tells of a slot that fails later. */
export type OpenSlot = (revision: SlotRevision, signal: AbortSignal) => Promise<Slot>;

type SlotStatus = NonNullable<NonNullable<NodeRuntimeStatus["slots"]>["active"]>;

interface HolderOptions {
  open: OpenSlot;
  onChange: () => void;
  now: () => number;
}

/** Tells slots apart: the same revision can be built anew under another key. */
export function keyOf({ revision, engineKey }: SlotRevision): string {
  return `${revision}/${engineKey}`;
}

/** One slot from the wish for it to its end. */
export class Holder {
  slot: Slot | undefined;
  readonly #revision: SlotRevision;
  readonly #options: HolderOptions;
  readonly #abandoned = new AbortController();
  readonly #loading: Promise<void>;
  #state: SlotStatus["state"] = "Loading";
  #since: number;
  #message: string | undefined;
  #leases = 0;
  #idle = Promise.withResolvers<void>();
  #retired = false;

  constructor(revision: SlotRevision, options: HolderOptions) {
    this.#revision = revision;
    this.#options = options;
    this.#since = options.now();
    this.#loading = this.#load();
  }

  get key(): string {
    return keyOf(this.#revision);
  }

  get state(): SlotStatus["state"] {
    return this.#state;
  }

  get status(): SlotStatus {
    const since = new Date(this.#since).toISOString();
    return {
      ...this.#revision,
      state: this.#state,
      since,
      ...(this.#message && { message: this.#message.slice(0, 1024) }),
    };
  }

  /** Keeps the slot open for the length of one frame. */
  lease(): Disposable & { slot: Slot | undefined } {
    this.#leases += 1;
    return {
      slot: this.#state === "Ready" ? this.slot : undefined,
      [Symbol.dispose]: () => {
        this.#leases -= 1;
        if (this.#leases === 0 && this.#retired) this.#idle.resolve();
      },
    };
  }

  /** Closes the slot once nothing uses it any more. */
  retire(): void {
    this.close().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#retired = true;
    this.#abandoned.abort();
    if (this.#leases === 0) this.#idle.resolve();
    await Promise.all([this.#loading, this.#idle.promise]);
    await this.slot?.[Symbol.asyncDispose]();
  }

  async #load(): Promise<void> {
    try {
      this.slot = await this.#options.open(this.#revision, this.#abandoned.signal);
      this.#turn("Ready");
      this.slot.analyzer.failed.then((failure) => this.#turn("Failed", failure.message)).catch(() => undefined);
    } catch (error) {
      this.#turn("Failed", error instanceof Error ? error.message : String(error));
    }
  }

  #turn(state: SlotStatus["state"], message?: string): void {
    if (this.#retired) return;
    [this.#state, this.#since, this.#message] = [state, this.#options.now(), message];
    this.#options.onChange();
  }
}
