import type { SlotRevision } from "../../../crds/enginebuild.ts";
import type { NodeRuntimeStatus } from "../../../crds/noderuntime.ts";
import { backoffDelay, type Random } from "../../../operator/kit/backoff.ts";
import { Holder, keyOf, type OpenSlot, type Slot } from "./holder.ts";

/** The slots that a frame is looked at with; they stay loaded until the lease ends. */
export interface Lease extends Disposable {
  readonly active: Slot | undefined;
  readonly standby: Slot | undefined;
}

/** What the node should hold. */
export interface Arrangement {
  active?: SlotRevision | undefined;
  standby?: SlotRevision | undefined;
}

export interface SlotsOptions {
  open: OpenSlot;
  /** Called when a slot has been loaded, has failed, or the slots were swapped. */
  onChange: () => void;
  /** Milliseconds since the epoch. */
  now: () => number;
  random: Random;
}

/** Waits before what failed is opened again, in milliseconds. */
const backoff = { base: 2_000, cap: 300_000 };
/** A slot that ran well for so long has left its failures behind, in milliseconds. */
const forgiven = 600_000;

/**
 * Two slots and the pointer that says which drives events. Loading happens beside what runs; the pointer moves only to
 * a slot that is ready, between two frames, and what it left is closed when the last frame that uses it is done. So no
 * frame is lost at a swap, and a candidate that cannot be loaded changes nothing.
 */
export class Slots implements AsyncDisposable {
  /** How often the pointer moved from one revision to another. */
  swaps = 0;
  readonly #options: SlotsOptions;
  readonly #holders = new Map<string, Holder>();
  readonly #closing = new Set<Promise<void>>();
  /** Failures of each slot since it last ran well, and when it failed last. */
  readonly #failures = new Map<string, { count: number; since: number; wait: number }>();
  #driver: Holder | undefined;
  #wanted: Arrangement = {};

  constructor(options: SlotsOptions) {
    this.#options = options;
  }

  /** Begins to move to what is wanted. Asking for the same again does nothing, except that it retries what failed. */
  arrange(wanted: Arrangement): void {
    this.#wanted = wanted;
    for (const revision of this.#revisions()) this.#hold(revision);
    this.#settle();
  }

  /** Opens again what failed and has waited long enough. Call it now and then. */
  retry(): void {
    const now = this.#options.now();
    for (const revision of this.#revisions()) {
      const failure = this.#failures.get(keyOf(revision));
      const failed = this.#find(revision)?.state === "Failed";
      if (failed && now - (failure?.since ?? 0) >= (failure?.wait ?? 0)) this.#hold(revision);
    }
  }

  /** Takes the slots as they are for the length of one frame. */
  lease(): Lease {
    const active = this.#driver?.lease();
    const standby = this.#standby?.lease();
    return {
      active: active?.slot,
      standby: standby?.slot,
      [Symbol.dispose]: () => {
        active?.[Symbol.dispose]();
        standby?.[Symbol.dispose]();
      },
    };
  }

  /** Whether both slots are ready and are those that are wanted. */
  get paired(): boolean {
    return this.drives && this.#driver === this.#find(this.#wanted.active) && this.#standby?.state === "Ready";
  }

  /** Whether frames are looked at. */
  get drives(): boolean {
    return this.#driver?.state === "Ready";
  }

  get active(): Slot | undefined {
    return this.#driver?.slot;
  }

  /**
   * `active` is what drives events, or should when nothing does; a wanted one that does not yet, or never will, shows in
   * the other slot.
   */
  get status(): NonNullable<NodeRuntimeStatus["slots"]> {
    const wanted = this.#find(this.#wanted.active);
    const active = this.drives ? this.#driver : (wanted ?? this.#driver);
    const standby = wanted !== undefined && wanted !== active ? wanted : this.#standby;
    return { ...(active && { active: active.status }), ...(standby && { standby: standby.status }) };
  }

  /** Slots that are loaded. */
  get loaded(): Slot[] {
    return [...this.#holders.values()].flatMap(({ slot, state }) => (slot && state === "Ready" ? [slot] : []));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#wanted = {};
    this.#settle();
    await Promise.all(this.#closing);
  }

  get #standby(): Holder | undefined {
    const holder = this.#find(this.#wanted.standby);
    return holder === this.#driver ? undefined : holder;
  }

  #revisions(): SlotRevision[] {
    return [this.#wanted.active, this.#wanted.standby].filter((revision) => revision !== undefined);
  }

  #find(revision: SlotRevision | undefined): Holder | undefined {
    return revision && this.#holders.get(keyOf(revision));
  }

  #hold(revision: SlotRevision): void {
    const held = this.#find(revision);
    if (held !== undefined && held.state !== "Failed") return;
    if (held !== undefined && held !== this.#driver) this.#retire(held);
    const { open, now } = this.#options;
    const holder: Holder = new Holder(revision, { open, now, onChange: () => this.#turned(holder) });
    this.#holders.set(holder.key, holder);
  }

  #turned(holder: Holder): void {
    if (holder.state === "Failed") this.#blame(holder);
    this.#settle();
  }

  #blame({ key, since }: Holder): void {
    const { count, since: before } = this.#failures.get(key) ?? { count: 0, since: -Infinity };
    const failures = since - before > forgiven ? 1 : count + 1;
    this.#failures.set(key, { count: failures, since, wait: backoffDelay(backoff, failures, this.#options.random) });
  }

  /** Moves the pointer if the wanted slot is ready, and lets go of what is neither wanted nor drives. */
  #settle(): void {
    const wanted = this.#find(this.#wanted.active);
    if (wanted?.state === "Ready") this.#drive(wanted);
    if (this.#wanted.active === undefined) this.#leave();
    for (const [key, holder] of this.#holders) {
      if (holder === this.#driver || holder === wanted || holder === this.#find(this.#wanted.standby)) continue;
      this.#holders.delete(key);
      this.#failures.delete(key);
      this.#retire(holder);
    }
    this.#options.onChange();
  }

  #drive(holder: Holder): void {
    const left = this.#driver;
    if (left === holder) return;
    this.#leave();
    this.#driver = holder;
    if (left !== undefined && left.key !== holder.key) this.swaps += 1;
  }

  /** A driver that crashed has been replaced among the holders already. */
  #leave(): void {
    const left = this.#driver;
    this.#driver = undefined;
    if (left !== undefined && this.#holders.get(left.key) !== left) this.#retire(left);
  }

  #retire(holder: Holder): void {
    const closing = holder
      .close()
      // A worker that cannot be ended in good order has been terminated.
      .catch(() => undefined)
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
