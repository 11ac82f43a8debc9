import type { NodeRuntimeSpec, NodeRuntimeStatus } from "../../../crds/noderuntime.ts";
import type { Clock } from "../../../operator/kit/clock.ts";
import type { Logger } from "../../../operator/kit/log.ts";
import type { Occurrence } from "../../events/event.ts";
import type { Region } from "../../faces/geometry.ts";
import { blacken } from "../../faces/mask.ts";
import { decodePicture } from "../../faces/picture.ts";
import type { Analysis, Want } from "../../pipeline/analysis.ts";
import { Latest } from "../../pipeline/latest.ts";
import type { Credentials, EncodedFrame, Source, SourceState } from "../../pipeline/source/source.ts";
import type { Slots } from "../slot/slots.ts";
import type { Trial } from "../trial/trial.ts";
import { Pace } from "./pace.ts";
import { Shadow } from "./shadow.ts";
import { View, type Told, type TrackEvidence } from "./view.ts";

export type CameraSpec = NonNullable<NodeRuntimeSpec["cameras"]>[number];
export type CameraStatus = NonNullable<NodeRuntimeStatus["cameras"]>[number];

/** What came of a frame. */
export type FrameOutcome =
  | "seen"
  /** A newer one came before it could be looked at. */
  | "dropped"
  | "unreadable"
  /** No revision drove at the time. */
  | "noModel"
  /** The slot failed while it looked. */
  | "failed";

/** The end of a frame. */
export interface FrameEnd {
  outcome: FrameOutcome;
  /** From its arrival. */
  milliseconds: number;
  /** Another revision took over between its arrival and its end. */
  swapped: boolean;
  analysis?: Analysis;
}

/** Counts frames: each one that is taken has one end. */
export interface FrameCounter {
  taken(): void;
  ended(end: FrameEnd): void;
}

/** The comparison of two slots, as far as a camera has to do with it. */
export interface TrialAccess {
  /** The comparison that runs, while both its slots are what a frame is looked at with. */
  running(): Trial | undefined;
  observe(evidence: TrackEvidence): void;
}

export interface CameraOptions {
  spec: CameraSpec;
  source: Source;
  /** Undefined when the camera's Secret is not mounted. */
  credentials: () => Promise<Credentials | undefined>;
  slots: Slots;
  trial: TrialAccess;
  tell: (occurrences: readonly Occurrence[]) => void;
  onState: () => void;
  frames: FrameCounter;
  newTrackId: () => string;
  clock: Clock;
  log: Logger;
}

interface ArrivedFrame extends EncodedFrame {
  arrivedAt: number;
  /** Swaps before it arrived. */
  swaps: number;
}

/** Pictures in a row that cannot be read after which a camera counts as failed: one can be cut short on its way. */
const unreadableRun = 10;

/** One camera: takes the newest frame, has it looked at, and tells what is new. */
export class Camera implements AsyncDisposable {
  readonly spec: CameraSpec;
  readonly #options: CameraOptions;
  readonly #view: View;
  readonly #want: Want;
  readonly #masks: readonly Region[];
  readonly #pace: Pace;
  readonly #frames = new Latest<ArrivedFrame>();
  readonly #shadow = new Shadow((trial, frame) => {
    if (this.#options.trial.running() === trial) this.#view.compare(frame);
  });
  readonly #stopped = new AbortController();
  readonly #running: Promise<unknown>;
  #looking = false;
  #state: SourceState = { state: "Connecting" };
  /** Pictures in a row that could not be read. */
  #unreadable = 0;

  constructor(options: CameraOptions) {
    const { spec, newTrackId } = options;
    this.spec = spec;
    this.#options = options;
    this.#view = new View({ camera: spec.name, gallery: spec.infer.identity ? spec.gallery : undefined, newTrackId });
    this.#want = { ...spec.infer, ...(spec.regions && { regions: spec.regions.map(regionOf) }) };
    this.#masks = (spec.privacyMasks ?? []).map(regionOf);
    this.#pace = new Pace(spec.maxFramesPerSecond);
    this.#running = Promise.all([this.#receive(), this.#look()]);
  }

  get status(): CameraStatus {
    if (this.#unreadable < unreadableRun) return { name: this.spec.name, ...this.#state };
    const message = "its pictures cannot be read: send JPEG, PNG or WebP, of no more than 4096 by 4096 pixels";
    return { name: this.spec.name, state: "Failed", message };
  }

  /** Ends tracks of people who have left; for a camera that sends nothing any more. */
  expire(): void {
    if (!this.#looking) this.#tell(this.#view.expire(this.#options.clock.monotonic()));
  }

  /** Looks at what it has taken, then ends all tracks. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    this.#frames.close();
    await this.#running;
    await this.#shadow.idle();
    this.#tell(this.#view.expire(Infinity));
  }

  async #receive(): Promise<void> {
    const { spec, source, credentials, log } = this.#options;
    try {
      const frames = source({
        url: spec.source.url,
        framesPerSecond: spec.maxFramesPerSecond,
        ...(spec.credentials && { credentials }),
        signal: this.#stopped.signal,
        onState: (state) => this.#turn(state),
      });
      for await (const frame of frames) this.#offer(frame);
    } catch (error) {
      log.error({ err: error, camera: spec.name }, "the camera's source failed");
      this.#turn({ state: "Failed", message: "its source failed: see the log of the runtime" });
    }
  }

  #turn(now: SourceState): void {
    if (now.state === this.#state.state && now.message === this.#state.message) return;
    this.#state = now;
    this.#options.onState();
  }

  /** Takes a frame if it is its turn; it may take the place of one that nobody has looked at. */
  #offer(frame: EncodedFrame): void {
    const { clock, frames, slots, trial } = this.#options;
    const arrivedAt = clock.monotonic();
    if (!this.#pace.takes(arrivedAt)) return;
    frames.taken();
    const replaced = this.#frames.put({ ...frame, arrivedAt, swaps: slots.swaps });
    if (replaced === undefined) return;
    this.#end(replaced, "dropped");
    const running = trial.running();
    if (running?.spec.phase === "Soak") running.speed.skipped();
  }

  async #look(): Promise<void> {
    for await (const frame of this.#frames.values()) {
      this.#looking = true;
      const [outcome, analysis] = await this.#lookAt(frame).catch((error: unknown): [FrameOutcome] => {
        this.#options.log.error({ err: error, camera: this.spec.name }, "a frame could not be looked at");
        return ["failed"];
      });
      this.#end(frame, outcome, analysis);
      this.#looking = false;
    }
  }

  /** The slots that drive as the frame is taken up look at it, whatever is swapped meanwhile. */
  async #lookAt(frame: ArrivedFrame): Promise<[FrameOutcome, Analysis?]> {
    using held = new DisposableStack();
    const { active, standby } = held.use(this.#options.slots.lease());
    const trial = this.#options.trial.running();
    if (active === undefined) return ["noModel"];
    const image = await decodePicture(frame.bytes).catch(() => undefined);
    this.#count(image !== undefined);
    if (image === undefined) return ["unreadable"];
    blacken(image, this.#masks);
    const analysis = await active.analyzer.analyze(image, this.#want).catch(() => undefined);
    if (analysis === undefined) return ["failed"];
    const size = { width: image.width, height: image.height };
    const { tracks, ...told } = this.#view.see({ ...frame, size, slot: active, analysis });
    this.#tell(told);
    if (trial !== undefined && standby !== undefined) {
      this.#shadow.look({ trial, active, standby, image, want: this.#want, analysis, tracks, held: held.move() });
    }
    return ["seen", analysis];
  }

  #count(isReadable: boolean): void {
    const before = this.#unreadable;
    this.#unreadable = isReadable ? 0 : before + 1;
    if (this.#unreadable >= unreadableRun !== before >= unreadableRun) this.#options.onState();
  }

  #end({ arrivedAt, swaps }: ArrivedFrame, outcome: FrameOutcome, analysis?: Analysis): void {
    const { clock, slots, frames } = this.#options;
    frames.ended({
      outcome,
      milliseconds: clock.monotonic() - arrivedAt,
      swapped: slots.swaps !== swaps,
      ...(analysis && { analysis }),
    });
  }

  #tell({ occurrences, evidence }: Told): void {
    if (occurrences.length > 0) this.#options.tell(occurrences);
    for (const each of evidence) this.#options.trial.observe(each);
  }
}

type Area = NonNullable<CameraSpec["regions"]>[number];

function regionOf({ left, top, width, height }: Area): Region {
  return { x: Number(left), y: Number(top), width: Number(width), height: Number(height) };
}
