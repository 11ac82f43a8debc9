import type { SlotRevision } from "../../../crds/enginebuild.ts";
import type { NodeRuntimeStatus } from "../../../crds/noderuntime.ts";
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
  now: () => number;
}

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
  #driver: Holder | undefined;
  #wanted: Arrangement = {};

  constructor(options: SlotsOptions) {
    this.#options = options;
  }

  /** Begins to move to what is wanted. Asking for the same again does nothing, except that it retries what failed. */
  arrange(wanted: Arrangement): void {
    this.#wanted = wanted;
    for (const revision of [wanted.active, wanted.standby]) if (revision !== undefined) this.#hold(revision);
    this.#settle();
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
    return (
      this.#driver !== undefined && this.#driver === this.#find(this.#wanted.active) && this.#standby?.state === "Ready"
    );
  }

  get active(): Slot | undefined {
    return this.#driver?.slot;
  }

  /** `active` is what drives events; a wanted one that does not yet, or never will, shows in the other slot. */
  get status(): NonNullable<NodeRuntimeStatus["slots"]> {
    const wanted = this.#find(this.#wanted.active);
    const active = this.#driver ?? wanted;
    const standby = wanted !== undefined && wanted !== active ? wanted : this.#standby;
    return { ...(active && { active: active.status }), ...(standby && { standby: standby.status }) };
  }

  /** Slots that are loaded. */
  get loaded(): Slot[] {
    return [...this.#holders.values()].flatMap(({ slot }) => slot ?? []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#holders.values()].map((holder) => holder.close()));
    this.#holders.clear();
  }

  get #standby(): Holder | undefined {
    const holder = this.#find(this.#wanted.standby);
    return holder === this.#driver ? undefined : holder;
  }

  #find(revision: SlotRevision | undefined): Holder | undefined {
    return revision && this.#holders.get(keyOf(revision));
  }

  #hold(revision: SlotRevision): void {
    const held = this.#find(revision);
    if (held !== undefined && held.state !== "Failed") return;
    if (held !== this.#driver) held?.retire();
    const { open, now } = this.#options;
    this.#holders.set(keyOf(revision), new Holder(revision, { open, now, onChange: () => this.#settle() }));
  }

  /** Moves the pointer if the wanted slot is ready, and lets go of what is neither wanted nor drives. */
  #settle(): void {
    const wanted = this.#find(this.#wanted.active);
    if (wanted?.state === "Ready") this.#drive(wanted);
    if (this.#wanted.active === undefined) this.#driver = undefined;
    for (const [key, holder] of this.#holders) {
      if (holder === this.#driver || holder === wanted || holder === this.#find(this.#wanted.standby)) continue;
      this.#holders.delete(key);
      holder.retire();
    }
    this.#options.onChange();
  }

  #drive(holder: Holder): void {
    const left = this.#driver;
    this.#driver = holder;
    if (left === undefined || left === holder) return;
    if (left.key !== holder.key) this.swaps += 1;
    if (this.#holders.get(left.key) !== left) left.retire();
  }
}
