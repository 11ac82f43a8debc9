import type { NodeRuntimeSpec } from "../../crds/noderuntime.ts";
import type { SlotRevision } from "../../crds/enginebuild.ts";
import { milliseconds } from "../../crds/duration.ts";
import type { Logger } from "../../operator/kit/log.ts";
import type { Camera, CameraSpec } from "./camera/camera.ts";
import type { Facts } from "./report.ts";
import type { GallerySpec, LoadedGalleries } from "./slot/galleries.ts";
import type { Slot } from "./slot/holder.ts";
import { Slots } from "./slot/slots.ts";
import type { State, SwappedBack } from "./state.ts";
import { replayProbes, type Probe } from "./trial/replay.ts";
import { Trial } from "./trial/trial.ts";

/** What a supervisor works with; all effects are in here. */
export interface Collaborators {
  openSlot: (revision: SlotRevision, galleries: readonly GallerySpec[], signal: AbortSignal) => Promise<Slot>;
  /** Embeds galleries that changed, or could not be loaded before, into a slot that is loaded. */
  refreshGalleries: (slot: Slot, galleries: readonly GallerySpec[]) => Promise<LoadedGalleries>;
  openCamera: (spec: CameraSpec, slots: Slots, trial: () => Trial | undefined, onState: () => void) => Promise<Camera>;
  readProbes: (
    trial: NonNullable<NodeRuntimeSpec["trial"]>,
    galleries: readonly GallerySpec[],
    signal: AbortSignal,
  ) => Promise<Probe[]>;
  remember: (state: State) => Promise<void>;
  /** Something is worth a look at the status. */
  onChange: () => void;
  now: () => number;
  log: Logger;
}

/** Part of the engines' time that probes may take. */
const probeShare = 0.6;
/** Milliseconds before what could not be loaded is tried again. */
const retryAfter = 10_000;

/**
 * Makes the node do what its NodeRuntime wants, and nothing more than the last one it knows of while the API server is
 * away: slots, cameras, galleries, the trial. Swaps back by itself when the candidate regresses while it soaks.
 */
export class Supervisor implements AsyncDisposable {
  readonly slots: Slots;
  readonly #with: Collaborators;
  readonly #cameras = new Map<string, Camera>();
  #generation = 0;
  #spec: NodeRuntimeSpec | undefined;
  #trial: Trial | undefined;
  #replay: AbortController | undefined;
  #swappedBack: SwappedBack | undefined;
  #past: State | undefined;
  #lastRetry = 0;
  #work: Promise<void> = Promise.resolve();

  /** @param past what the last run of this node left. */
  constructor(collaborators: Collaborators, past: State | undefined) {
    this.#with = collaborators;
    this.#past = past;
    this.#swappedBack = past?.swappedBack;
    this.slots = new Slots({
      open: (revision, signal) => this.#open(revision, signal),
      onChange: () => this.#changed(),
      now: collaborators.now,
    });
  }

  /** Takes up what is wanted now. Calls are carried out one after another. */
  want(generation: number, spec: NodeRuntimeSpec): Promise<void> {
    this.#work = this.#work
      .then(() => this.#take(generation, spec))
      .catch((error: unknown) => {
        this.#with.log.error({ err: error }, "the wanted state could not be taken up");
      });
    return this.#work;
  }

  /** Looks after what time alone changes: verdicts, people who left, what is to be tried again. Call it each second. */
  async tick(): Promise<void> {
    for (const camera of this.#cameras.values()) camera.expire();
    this.#judge();
    this.#retry();
    if (this.#trial !== undefined) await this.#remember();
  }

  get facts(): Omit<Facts, "rates" | "runtimeVersion"> {
    return {
      generation: this.#generation,
      slots: this.slots.status,
      trial: this.#trialStatus(),
      swappedBack: this.#swappedBack,
      galleries: [...(this.slots.active?.galleries.values() ?? [])].map(({ gallery: _, ...status }) => status),
      cameras: [...this.#cameras.values()].map(({ status }) => status).toSorted((a, b) => a.name.localeCompare(b.name)),
    };
  }

  /** Generation of what is wanted, or 0. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether it has been told what to do. */
  get hasSpec(): boolean {
    return this.#spec !== undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#work;
    this.#replay?.abort();
    await Promise.all([...this.#cameras.values()].map((camera) => camera[Symbol.asyncDispose]()));
    await this.#remember();
    await this.slots[Symbol.asyncDispose]();
  }

  async #take(generation: number, spec: NodeRuntimeSpec): Promise<void> {
    const before = this.#spec;
    [this.#generation, this.#spec] = [generation, spec];
    if (this.#swappedBack !== undefined && this.#swappedBack.trial !== spec.trial?.id) this.#swappedBack = undefined;
    this.#takeTrial(spec);
    this.slots.arrange(this.#arrangement(spec));
    await this.#remember();
    if (JSON.stringify(before?.galleries) !== JSON.stringify(spec.galleries)) await this.#refreshGalleries();
    await this.#takeCameras(spec.cameras ?? []);
    this.#changed();
  }

  /** What to load. A node that swapped back stays there until the operator wants something else. */
  #arrangement({ slots }: NodeRuntimeSpec) {
    return this.#swappedBack === undefined ? slots : { active: slots.standby };
  }

  #takeTrial({ trial }: NodeRuntimeSpec): void {
    if (trial?.id === this.#trial?.spec.id && trial !== undefined) return;
    this.#replay?.abort();
    this.#replay = undefined;
    this.#trial = undefined;
  }

  /** The trial begins when both slots are ready, so that loading is not counted as time without evidence. */
  #changed(): void {
    const trial = this.#spec?.trial;
    if (trial !== undefined && this.#trial === undefined && this.slots.paired && this.#swappedBack === undefined) {
      this.#trial = new Trial(trial, this.#with.now(), this.#past?.trial);
      this.#replay = new AbortController();
      this.#startReplay(this.#trial, this.#replay.signal).catch((error: unknown) => {
        this.#with.log.warn({ err: error }, "probes could not be replayed");
      });
    }
    this.#with.onChange();
  }

  async #startReplay(trial: Trial, signal: AbortSignal): Promise<void> {
    if (trial.spec.probes === undefined) return;
    const probes = await this.#with.readProbes(trial.spec, this.#spec?.galleries ?? [], signal);
    const seen = trial.probesSeen;
    await replayProbes({
      trial,
      slots: this.slots,
      probes,
      skip: seen,
      share: probeShare,
      onObserved: () => this.#with.onChange(),
      signal,
    });
  }

  #trialStatus() {
    return this.#trial?.status(this.#with.now(), milliseconds(this.#trial.spec.gate.deadline));
  }

  /** In Soak a failure swaps back at once, with or without the control plane. */
  #judge(): void {
    const status = this.#trialStatus();
    const spec = this.#spec;
    if (status === undefined || spec?.trial?.phase !== "Soak" || this.#swappedBack !== undefined) return;
    const crashed = this.slots.status.active?.state === "Failed" ? this.slots.status.active.message : undefined;
    const { active, standby } = spec.slots;
    if ((status.verdict !== "Failure" && crashed === undefined) || active === undefined || standby === undefined)
      return;
    const failed = status.evidence.find(({ measurement }) => measurement.verdict === "Failure")?.measurement;
    this.#swappedBack = {
      trial: spec.trial.id,
      from: active.revision,
      to: standby.revision,
      time: new Date(this.#with.now()).toISOString(),
      ...(failed && { measurement: failed }),
      message: (crashed ?? status.message ?? "the candidate regressed while it soaked").slice(0, 1024),
    };
    this.#replay?.abort();
    this.slots.arrange(this.#arrangement(spec));
    this.#with.log.warn({ from: active.revision, to: standby.revision }, "swapped back");
  }

  #retry(): void {
    if (this.#spec === undefined || this.#with.now() - this.#lastRetry < retryAfter) return;
    this.#lastRetry = this.#with.now();
    const { active, standby } = this.slots.status;
    if (active?.state === "Failed" || standby?.state === "Failed") this.slots.arrange(this.#arrangement(this.#spec));
    const incomplete = this.slots.loaded.some((slot) =>
      [...slot.galleries.values()].some(({ message }) => message !== undefined),
    );
    if (incomplete) this.#work = this.#work.then(() => this.#refreshGalleries());
  }

  async #open(revision: SlotRevision, signal: AbortSignal): Promise<Slot> {
    const timeout = AbortSignal.timeout(milliseconds(this.#spec?.loadTimeout ?? "2m"));
    return this.#with.openSlot(revision, this.#spec?.galleries ?? [], AbortSignal.any([signal, timeout]));
  }

  async #refreshGalleries(): Promise<void> {
    const galleries = this.#spec?.galleries ?? [];
    for (const slot of this.slots.loaded) {
      const fresh = await this.#with.refreshGalleries(slot, galleries);
      slot.galleries.clear();
      for (const [name, gallery] of fresh) slot.galleries.set(name, gallery);
    }
    this.#with.onChange();
  }

  async #takeCameras(wanted: readonly CameraSpec[]): Promise<void> {
    const same = (camera: Camera) => wanted.some((spec) => JSON.stringify(spec) === JSON.stringify(camera.spec));
    for (const [name, camera] of this.#cameras) {
      if (same(camera)) continue;
      this.#cameras.delete(name);
      await camera[Symbol.asyncDispose]();
    }
    for (const spec of wanted.filter(({ name }) => !this.#cameras.has(name))) {
      this.#cameras.set(
        spec.name,
        await this.#with.openCamera(
          spec,
          this.slots,
          () => this.#running(),
          () => this.#with.onChange(),
        ),
      );
    }
  }

  /** The trial while both its slots are what a frame is looked at with. */
  #running(): Trial | undefined {
    return this.slots.paired && this.#swappedBack === undefined ? this.#trial : undefined;
  }

  async #remember(): Promise<void> {
    if (this.#spec === undefined) return;
    const trial = this.#trial?.record ?? this.#past?.trial;
    const swappedBack = this.#swappedBack;
    this.#past = {
      format: 1,
      generation: this.#generation,
      spec: this.#spec,
      ...(trial && { trial }),
      ...(swappedBack && { swappedBack }),
    };
    await this.#with.remember(this.#past);
  }
}
