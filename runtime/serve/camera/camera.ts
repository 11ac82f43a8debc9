import type { NodeRuntimeSpec, NodeRuntimeStatus } from "../../../crds/noderuntime.ts";
import { overlap, type Region } from "../../faces/geometry.ts";
import type { RgbImage } from "../../faces/image.ts";
import { blacken } from "../../faces/mask.ts";
import { decodePicture } from "../../faces/picture.ts";
import type { Analysis, FaceObservation, Want } from "../../pipeline/analysis.ts";
import { Latest } from "../../pipeline/latest.ts";
import type { Credentials, EncodedFrame, Source } from "../../pipeline/source/source.ts";
import type { Track } from "../../pipeline/track/tracker.ts";
import type { Slots } from "../slot/slots.ts";
import type { Trial } from "../trial/trial.ts";
import { View, type Told } from "./view.ts";

export type CameraSpec = NonNullable<NodeRuntimeSpec["cameras"]>[number];
export type CameraStatus = NonNullable<NodeRuntimeStatus["cameras"]>[number];

/** What happened to a frame, for the counters. */
export type FrameOutcome = "seen" | "dropped" | "unreadable" | "noModel" | "failed";

export interface CameraOptions {
  spec: CameraSpec;
  source: Source;
  credentials: Credentials | undefined;
  slots: Slots;
  /** The running comparison, if there is one and both slots are ready. */
  trial: () => Trial | undefined;
  tell: (camera: CameraSpec, told: readonly Told[]) => void;
  onState: () => void;
  onFrame: (outcome: FrameOutcome, milliseconds: number, analysis?: Analysis) => void;
  newTrackId: () => string;
  now: () => number;
}

/** Boxes of one face by two slots overlap at least so much. */
const sameFace = 0.3;

/** One camera: takes the newest frame, has it looked at, and tells what is new. */
export class Camera implements AsyncDisposable {
  readonly spec: CameraSpec;
  readonly #options: CameraOptions;
  readonly #view: View;
  readonly #want: Want;
  readonly #masks;
  readonly #frames = new Latest<EncodedFrame>();
  readonly #stopped = new AbortController();
  readonly #running: Promise<unknown>;
  #state: CameraStatus;
  #shadow: Promise<void> | undefined;
  #lastTaken = -Infinity;

  constructor(options: CameraOptions) {
    const { spec, newTrackId } = options;
    this.spec = spec;
    this.#options = options;
    this.#state = { name: spec.name, state: "Connecting" };
    this.#view = new View({ camera: spec.name, gallery: spec.infer.identity ? spec.gallery : undefined, newTrackId });
    this.#want = { ...spec.infer, ...(spec.regions && { regions: spec.regions.map(areaOf) }) };
    this.#masks = (spec.privacyMasks ?? []).map(areaOf);
    this.#running = Promise.all([this.#receive(), this.#look()]);
  }

  get status(): CameraStatus {
    return this.#state;
  }

  /** Ends tracks of people who have left; for a camera that sends nothing any more. */
  expire(): void {
    this.#tell(this.#view.expire(this.#options.now()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    this.#frames.close();
    await this.#running;
    await this.#shadow;
    this.#tell(this.#view.expire(Infinity));
  }

  async #receive(): Promise<void> {
    const { spec, source, credentials } = this.#options;
    const frames = source({
      url: spec.source.url,
      framesPerSecond: spec.maxFramesPerSecond,
      ...(credentials && { credentials }),
      signal: this.#stopped.signal,
      onState: ({ state, message }) => {
        this.#state = { name: spec.name, state, ...(message !== undefined && { message }) };
        this.#options.onState();
      },
    });
    for await (const frame of frames) this.#offer(frame);
  }

  /** Holds the camera to its frame rate; a frame that another took the place of is counted. */
  #offer(frame: EncodedFrame): void {
    const { now, spec, onFrame } = this.#options;
    if (now() - this.#lastTaken < 900 / spec.maxFramesPerSecond) return;
    this.#lastTaken = now();
    const before = this.#frames.dropped;
    this.#frames.put(frame);
    if (this.#frames.dropped > before) onFrame("dropped", 0);
  }

  async #look(): Promise<void> {
    for await (const frame of this.#frames.values()) {
      const start = this.#options.now();
      const [outcome, analysis] = await this.#lookAt(frame);
      this.#options.onFrame(outcome, this.#options.now() - start, analysis);
    }
  }

  async #lookAt({ bytes, capturedAt }: EncodedFrame): Promise<[FrameOutcome, Analysis?]> {
    const image = await decodePicture(bytes).catch(() => undefined);
    if (image === undefined) return ["unreadable"];
    blacken(image, this.#masks);
    const lease = this.#options.slots.lease();
    const { active: slot } = lease;
    if (slot === undefined) {
      lease[Symbol.dispose]();
      return ["noModel"];
    }
    const analysis = await slot.analyzer.analyze(image, this.#want).catch(() => undefined);
    if (analysis === undefined) {
      lease[Symbol.dispose]();
      return ["failed"];
    }
    const seen = this.#view.see({
      time: capturedAt,
      size: { width: image.width, height: image.height },
      slot,
      analysis,
    });
    this.#tell(seen);
    this.#followUp(lease, image, analysis, seen.tracks);
    return ["seen", analysis];
  }

  /** Has the other slot look at the same frame, unless it is still busy with the one before. */
  #followUp(lease: ReturnType<Slots["lease"]>, image: RgbImage, analysis: Analysis, tracks: readonly Track[]): void {
    const trial = this.#options.trial();
    const { active, standby } = lease;
    if (trial === undefined || active === undefined || standby === undefined || this.#shadow !== undefined) {
      if (trial !== undefined && this.#shadow !== undefined) trial.speed.skipped();
      lease[Symbol.dispose]();
      return;
    }
    const soaks = trial.spec.phase === "Soak";
    if (soaks) trial.speed.took(analysis.milliseconds);
    this.#shadow = standby.analyzer
      .analyze(image, this.#want)
      .then((other) => {
        if (!soaks) trial.speed.took(other.milliseconds);
        const pairs = pair(tracks, analysis, other);
        const [candidate, champion] = soaks ? [active, standby] : [standby, active];
        this.#view.compare({
          trial: trial.spec.id,
          tracks: pairs.map((each) => orient(each, soaks)),
          candidate,
          champion,
        });
      })
      .catch(() => undefined)
      .finally(() => {
        this.#shadow = undefined;
        lease[Symbol.dispose]();
      });
  }

  #tell({ told, differences }: { told: readonly Told[]; differences: Parameters<Trial["observe"]>[0] }): void {
    if (told.length > 0) this.#options.tell(this.spec, told);
    this.#options.trial()?.observe(differences);
  }
}

interface Pair {
  track: Track;
  activeFace: FaceObservation;
  standbyFace: FaceObservation | undefined;
}

function pair(tracks: readonly Track[], active: Analysis, standby: Analysis): Pair[] {
  return tracks.map((track, index) => {
    const activeFace = active.faces[index]!;
    const nearest = standby.faces.toSorted(
      (a, b) => overlap(b.box, activeFace.box) - overlap(a.box, activeFace.box),
    )[0];
    const found = nearest !== undefined && overlap(nearest.box, activeFace.box) >= sameFace;
    return { track, activeFace, standbyFace: found ? nearest : undefined };
  });
}

function orient({ track, activeFace, standbyFace }: Pair, soaks: boolean) {
  return { ...track, candidateFace: soaks ? activeFace : standbyFace, championFace: soaks ? standbyFace : activeFace };
}

type Area = NonNullable<CameraSpec["regions"]>[number];

function areaOf({ left, top, width, height }: Area): Region {
  return { x: Number(left), y: Number(top), width: Number(width), height: Number(height) };
}
