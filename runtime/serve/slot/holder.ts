import type { SlotRevision } from "../../../crds/enginebuild.ts";
import type { NodeRuntimeStatus } from "../../../crds/noderuntime.ts";
import type { Analyzer } from "../../pipeline/analyzer.ts";
import type { EmbeddingRule } from "../camera/people.ts";
import type { LoadedGalleries } from "./galleries.ts";

/** A revision that is ready to look at frames, with the galleries that its own engines embedded. */
export interface Slot extends AsyncDisposable {
  readonly revision: SlotRevision;
  readonly analyzer: Analyzer;
  /** How its embeddings are compared; undefined when it makes none. */
  readonly embedding: EmbeddingRule | undefined;
  readonly galleries: LoadedGalleries;
}

/** Loads engines, checks their golden outputs and embeds galleries. The slot's analyzer tells when it fails later. */
export type OpenSlot = (revision: SlotRevision, signal: AbortSignal) => Promise<Slot>;

type SlotStatus = NonNullable<NonNullable<NodeRuntimeStatus["slots"]>["active"]>;

interface HolderOptions {
  open: OpenSlot;
  onChange: () => void;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Tells slots apart: the same revision can be built anew under another key. */
export function keyOf({ revision, engineKey }: SlotRevision): string {
  return `${revision}/${engineKey}`;
}

/** Longest message of a status. */
const messageLimit = 1024;

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

  /** When it came into its state, in milliseconds since the epoch. */
  get since(): number {
    return this.#since;
  }

  get status(): SlotStatus {
    const message = this.#message?.slice(0, messageLimit);
    return {
      revision: this.#revision.revision,
      engineKey: this.#revision.engineKey,
      state: this.#state,
      since: new Date(this.#since).toISOString(),
      ...(message !== undefined && { message }),
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

  /** Closes the slot once nothing uses it any more. What it is says no more. */
  async close(): Promise<void> {
    this.#retired = true;
    this.#abandoned.abort(new Error("the slot is no longer wanted"));
    if (this.#leases === 0) this.#idle.resolve();
    await Promise.all([this.#loading, this.#idle.promise]);
    await this.slot?.[Symbol.asyncDispose]();
  }

  async #load(): Promise<void> {
    try {
      this.slot = await this.#options.open(this.#revision, this.#abandoned.signal);
    } catch (error) {
      this.#turn("Failed", error instanceof Error ? error.message : String(error));
      return;
    }
    this.slot.analyzer.failed.then(
      ({ message }) => this.#turn("Failed", message),
      () => undefined,
    );
    this.#turn("Ready");
  }

  #turn(state: SlotStatus["state"], message?: string): void {
    if (this.#retired) return;
    [this.#state, this.#since, this.#message] = [state, this.#options.now(), message];
    this.#options.onChange();
  }
}
