import { overlap } from "../../faces/geometry.ts";
import type { RgbImage } from "../../faces/image.ts";
import type { Analysis, FaceObservation, Want } from "../../pipeline/analysis.ts";
import type { Track } from "../../pipeline/track/tracker.ts";
import type { Slot } from "../slot/holder.ts";
import type { Trial } from "../trial/trial.ts";
import type { PairedFrame } from "./view.ts";

/** A frame that the active slot has seen, for the other slot to see. */
export interface ShadowFrame {
  trial: Trial;
  active: Slot;
  standby: Slot;
  image: RgbImage;
  want: Want;
  /** As the active slot saw it. */
  analysis: Analysis;
  /** The track of each of its faces. */
  tracks: readonly Track[];
  /** Keeps both slots open; disposed of when the frame is done. */
  held: Disposable;
}

/** Boxes of one face by two slots overlap at least so much. */
const sameFace = 0.3;

/** Has the standby slot look at what the active one saw, one frame at a time: what comes meanwhile it misses. */
export class Shadow {
  readonly #onPair: (trial: Trial, frame: PairedFrame) => void;
  #looking: Promise<void> | undefined;

  /** @param onPair told of each frame that both slots saw. */
  constructor(onPair: (trial: Trial, frame: PairedFrame) => void) {
    this.#onPair = onPair;
  }

  /** Measures the candidate's speed as well: of the slot that it is in. */
  look(frame: ShadowFrame): void {
    const { trial, analysis, held } = frame;
    const soaks = trial.spec.phase === "Soak";
    if (soaks) trial.speed.took(analysis.milliseconds);
    if (this.#looking !== undefined) {
      if (!soaks) trial.speed.skipped();
      held[Symbol.dispose]();
      return;
    }
    this.#looking = this.#lookBeside(frame, soaks)
      // A slot that fails says so itself; what it did not see is no evidence.
      .catch(() => undefined)
      .finally(() => {
        this.#looking = undefined;
        held[Symbol.dispose]();
      });
  }

  /** Resolves once no frame is being looked at. */
  async idle(): Promise<void> {
    await this.#looking;
  }

  async #lookBeside({ trial, active, standby, image, want, analysis, tracks }: ShadowFrame, soaks: boolean) {
    const other = await standby.analyzer.analyze(image, want);
    if (!soaks) trial.speed.took(other.milliseconds);
    const faces = tracks.map((track, index) => {
      const seen = analysis.faces[index]!;
      const beside = findFace(other.faces, seen);
      return soaks ? { track, candidate: seen, champion: beside } : { track, candidate: beside, champion: seen };
    });
    const [candidate, champion] = soaks ? [active, standby] : [standby, active];
    this.#onPair(trial, { trial: trial.spec.id, faces, candidate, champion });
  }
}

/** The same face as the other slot found it. */
function findFace(faces: readonly FaceObservation[], { box }: FaceObservation): FaceObservation | undefined {
  const nearest = faces.toSorted((a, b) => overlap(b.box, box) - overlap(a.box, box))[0];
  return nearest !== undefined && overlap(nearest.box, box) >= sameFace ? nearest : undefined;
}
