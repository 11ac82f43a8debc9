import { isDeepStrictEqual } from "node:util";
import type { SlotRevision } from "../../crds/enginebuild.ts";
import { milliseconds } from "../../crds/duration.ts";
import type { NodeRuntimeSpec } from "../../crds/noderuntime.ts";
import type { Random } from "../../operator/kit/backoff.ts";
import type { Clock } from "../../operator/kit/clock.ts";
import type { Logger } from "../../operator/kit/log.ts";
import type { Camera, CameraSpec, TrialAccess } from "./camera/camera.ts";
import { Cameras } from "./camera/cameras.ts";
import type { Facts } from "./report.ts";
import { Attempts } from "./slot/attempts.ts";
import type { GallerySpec, LoadedGallery } from "./slot/galleries.ts";
import type { Slot } from "./slot/holder.ts";
import { GalleryRefresh } from "./slot/refresh.ts";
import { Slots } from "./slot/slots.ts";
import type { State, SwappedBack } from "./state.ts";
import { decideSwapBack } from "./swap-back.ts";
import { Comparison } from "./trial/comparison.ts";
import type { Probe } from "./trial/replay.ts";
import type { TrialSpec } from "./trial/trial.ts";

/** What a supervisor works with; all effects are in here. */
export interface Collaborators {
  openSlot: (revision: SlotRevision, galleries: readonly GallerySpec[], signal: AbortSignal) => Promise<Slot>;
  openGallery: (gallery: GallerySpec, slot: Slot, signal: AbortSignal) => Promise<LoadedGallery>;
  openCamera: (spec: CameraSpec, context: CameraContext) => Camera;
  readProbes: (trial: TrialSpec, galleries: readonly GallerySpec[], signal: AbortSignal) => Promise<Probe[]>;
  /** Keeps what a later run needs. Called often: a state that is as before costs nothing. */
  remember: (state: State) => void;
  /** Something is worth a look at the status. */
  onChange: () => void;
  clock: Clock;
  random: Random;
  log: Logger;
}

/** What a camera has to do with the rest of the node. */
export interface CameraContext {
  slots: Slots;
  trial: TrialAccess;
  onState: () => void;
}

/** A NodeRuntime as far as the node has to obey it. */
export interface Order {
  uid: string;
  generation: number;
  spec: NodeRuntimeSpec;
}

/** Milliseconds between two notes of evidence: more is lost at a crash, fewer wear out the disk. */
const noteInterval = 5_000;

/**
 * Makes the node do what its NodeRuntime wants, and nothing more than the last one it knows of while the API server is
 * away: slots, cameras, galleries, the trial. Swaps back by itself when the candidate regresses while it soaks.
 */
export class Supervisor implements AsyncDisposable {
  readonly slots: Slots;
  readonly #with: Collaborators;
  readonly #cameras: Cameras;
  readonly #galleries: GalleryRefresh;
  readonly #comparison: Comparison;
  readonly #attempts: Attempts;
  #order: Order | undefined;
  #swappedBack: SwappedBack | undefined;
  /** What runs since the swap back: an order that comes later may not name it any more. */
  #base: SlotRevision | undefined;
  #notedAt = -Infinity;

  /** Goes on with what the last run of this node left. */
  constructor(collaborators: Collaborators, past?: State) {
    const { clock, random, log, openCamera, openGallery, readProbes } = collaborators;
    const onChange = () => this.#settle();
    this.#with = collaborators;
    this.#attempts = new Attempts(() => clock.monotonic(), past?.attempts);
    this.slots = new Slots({
      open: (revision, signal) => this.#open(revision, signal),
      onChange,
      now: () => clock.now(),
      random,
    });
    this.#galleries = new GalleryRefresh({
      load: (slot, gallery, signal) => openGallery(gallery, slot, signal),
      onChange,
      now: () => clock.monotonic(),
      random,
      log,
    });
    this.#comparison = new Comparison(
      {
        slots: this.slots,
        readProbes: (trial, signal) => readProbes(trial, this.#wantedGalleries, signal),
        onChange,
        clock,
        random,
        log,
      },
      past?.trial,
    );
    this.#cameras = new Cameras((spec) =>
      openCamera(spec, { slots: this.slots, trial: this.#comparison, onState: onChange }),
    );
    this.#swappedBack = past?.swappedBack;
    this.#base = past?.base ?? past?.spec.slots.standby;
    if (past !== undefined) this.want(past);
  }

  /** Takes up what is wanted from now on. */
  want({ uid, generation, spec }: Order): void {
    const before = this.#order?.spec;
    this.#order = { uid, generation, spec };
    if (!this.#isSwappedBack()) this.#swappedBack = undefined;
    if (before === undefined || !isDeepStrictEqual(before.galleries, spec.galleries)) {
      this.#galleries.want(this.#wantedGalleries);
    }
    this.#comparison.want(spec.trial);
    this.slots.arrange(this.#arrangement(spec));
    this.#cameras.want(spec.cameras ?? []);
    this.#note();
  }

  /** What is wanted, as far as is known. */
  get spec(): NodeRuntimeSpec | undefined {
    return this.#order?.spec;
  }

  /** Whether an order is the one that is carried out. */
  follows({ uid, generation }: Pick<Order, "uid" | "generation">): boolean {
    return this.#order?.uid === uid && this.#order.generation === generation;
  }

  /** Looks after what time alone changes: people who left, what is to be tried again, evidence to note. */
  tick(): void {
    this.#cameras.expire();
    this.slots.retry();
    this.#settle();
    if (this.#with.clock.monotonic() - this.#notedAt >= noteInterval) this.#note();
  }

  get facts(): Omit<Facts, "rates" | "runtimeVersion"> {
    return {
      generation: this.#order?.generation ?? 0,
      slots: this.slots.status,
      trial: this.#comparison.trial?.status(this.#with.clock.now()),
      swappedBack: this.#swappedBack,
      galleries: [...(this.slots.active?.galleries.values() ?? [])].map(({ gallery: _, ...status }) => status),
      cameras: this.#cameras.status,
    };
  }

  /** What keeps the node from working, or undefined when it does what it was told. */
  get obstacle(): string | undefined {
    if (this.#order === undefined) return "the NodeRuntime has not been seen yet";
    const isIdle = this.#order.spec.slots.active === undefined;
    return isIdle || this.slots.drives ? undefined : "no revision is loaded";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cameras[Symbol.asyncDispose]();
    this.#attempts.end();
    this.#note();
    await Promise.all([this.#comparison, this.#galleries, this.slots].map((part) => part[Symbol.asyncDispose]()));
  }

  get #wantedGalleries(): readonly GallerySpec[] {
    return this.#order?.spec.galleries ?? [];
  }

  /** Follows up whatever changed, from the top: each part compares what is with what should be. */
  #settle(): void {
    this.#galleries.sync(this.slots.loaded);
    this.#comparison.sync();
    this.#swapBack();
    this.#with.onChange();
  }

  /** In Soak a failure swaps back at once, with or without the control plane. */
  #swapBack(): void {
    if (this.#order === undefined || this.#swappedBack !== undefined) return;
    const { spec } = this.#order;
    const now = this.#with.clock.now();
    const show = () => this.#comparison.trial?.status(now);
    this.#swappedBack = decideSwapBack(spec, this.slots.status, show, now);
    if (this.#swappedBack === undefined) return;
    this.#base = spec.slots.standby;
    const { from, to } = this.#swappedBack;
    this.#with.log.warn({ from, to }, "swapped back");
    this.#note();
    this.slots.arrange(this.#arrangement(spec));
  }

  /**
   * A node that swapped back stays there until the operator wants another revision or another comparison. An order that
   * merely ends the soak was written before the operator heard of the swap.
   */
  #isSwappedBack(): boolean {
    const { slots, trial } = this.#order?.spec ?? {};
    const isSame = trial === undefined || trial.id === this.#swappedBack?.trial;
    return isSame && this.#swappedBack?.from === slots?.active?.revision;
  }

  #arrangement({ slots }: NodeRuntimeSpec): NodeRuntimeSpec["slots"] {
    if (this.#swappedBack === undefined) return slots;
    return this.#base === undefined ? {} : { active: this.#base };
  }

  async #open(revision: SlotRevision, signal: AbortSignal): Promise<Slot> {
    this.#attempts.begin(revision, this.#order?.spec);
    this.#note();
    const limit = this.#order?.spec.loadTimeout ?? "2m";
    const timeout = AbortSignal.timeout(milliseconds(limit));
    try {
      return await this.#with.openSlot(revision, this.#wantedGalleries, AbortSignal.any([signal, timeout]));
    } catch (error) {
      if (error !== timeout.reason) throw error;
      const problem = `engines ${revision.engineKey} were not loaded within spec.loadTimeout of ${limit}`;
      throw new Error(problem, { cause: error });
    }
  }

  #note(): void {
    if (this.#order === undefined) return;
    this.#notedAt = this.#with.clock.monotonic();
    const trial = this.#comparison.record;
    const [swappedBack, base, attempts] = [this.#swappedBack, this.#base, this.#attempts.record];
    this.#with.remember({
      format: 1,
      ...this.#order,
      ...(trial && { trial }),
      ...(attempts && { attempts }),
      ...(swappedBack && { swappedBack, ...(base && { base }) }),
    });
  }
}
