import type { Happening, Sighting } from "../../events/event.ts";
import type { Box } from "../../faces/geometry.ts";
import type { Analysis, FaceObservation } from "../../pipeline/analysis.ts";
import { TrackReading } from "../../pipeline/track/reading.ts";
import { createTracker, type Track } from "../../pipeline/track/tracker.ts";
import type { Slot } from "../slot/holder.ts";
import { compareTrack, type Difference } from "../trial/compare.ts";
import { embeddingRule, matcherOf } from "./people.ts";

/** A frame as the active slot saw it. */
export interface SeenFrame {
  /** Milliseconds since the epoch. */
  time: number;
  size: { width: number; height: number };
  slot: Slot;
  analysis: Analysis;
}

/** The same frame as both slots of a trial saw it. */
export interface PairedFrame {
  trial: string;
  tracks: readonly (Track & {
    candidateFace: FaceObservation | undefined;
    championFace: FaceObservation | undefined;
  })[];
  candidate: Slot;
  champion: Slot;
}

/** What is worth an event. */
export interface Told {
  sighting: Sighting;
  happening: Happening;
}

export interface ViewOptions {
  camera: string;
  gallery: string | undefined;
  newTrackId: () => string;
}

/** What is known of one track. */
interface Subject {
  track: Track;
  reading: TrackReading;
  /** Revision that `reading` was made by: embeddings of two revisions are never mixed. */
  slot: Slot;
  size: SeenFrame["size"];
  said: { identity?: string; expression?: string };
  paired?: { trial: string; candidate: TrackReading; champion: TrackReading; threshold: number | undefined };
}

const patience = 1500;
const reach = 1.1;

/** The people in one camera's view: follows them, says what is new about them, and gathers a trial's evidence. */
export class View {
  readonly #options: ViewOptions;
  readonly #tracker;
  readonly #subjects = new Map<string, Subject>();

  constructor(options: ViewOptions) {
    this.#options = options;
    this.#tracker = createTracker({ patience, reach, newId: options.newTrackId });
  }

  /** Takes a frame as the active slot saw it; gives the track of each face, what ended, and what is to be told. */
  see(frame: SeenFrame): { tracks: Track[]; told: Told[]; differences: Difference[] } {
    const { tracks, ended } = this.#tracker.update(boxesOf(frame.analysis), frame.time);
    const closing = this.#end(ended);
    const told = tracks.flatMap((track, index) => this.#add(track, frame, frame.analysis.faces[index]!));
    return { tracks, told: [...closing.told, ...told], differences: closing.differences };
  }

  /** Ends the tracks of people who left, when no frame came to do so. */
  expire(time: number): { told: Told[]; differences: Difference[] } {
    return this.#end(this.#tracker.expire(time));
  }

  /** Takes what both slots of a trial saw of the tracks of one frame. */
  compare({ trial, tracks, candidate, champion }: PairedFrame): void {
    for (const { id, candidateFace, championFace } of tracks) {
      const subject = this.#subjects.get(id);
      if (subject === undefined) continue;
      if (subject.paired?.trial !== trial) {
        const read = (slot: Slot) => new TrackReading(matcherOf(slot, this.#options.gallery));
        const threshold = embeddingRule(champion)?.threshold;
        subject.paired = { trial, candidate: read(candidate), champion: read(champion), threshold };
      }
      subject.paired.candidate.add(candidateFace);
      subject.paired.champion.add(championFace);
    }
  }

  #add(track: Track, frame: SeenFrame, face: FaceObservation): Told[] {
    const subject = this.#subjectOf(track, frame);
    subject.reading.add(face);
    const { identity, expression } = subject.reading;
    const who = identity && (identity.known ? identity.person : "");
    const happenings: Happening[] = [];
    if (identity !== undefined && who !== subject.said.identity) happenings.push({ type: "identified", identity });
    if (expression !== undefined && expression.label !== subject.said.expression)
      happenings.push({ type: "expression", expression });
    subject.said = {
      ...subject.said,
      ...(who !== undefined && { identity: who }),
      ...(expression && { expression: expression.label }),
    };
    return happenings.map((happening) => ({ sighting: this.#sighting(subject), happening }));
  }

  #subjectOf(track: Track, { slot, size }: SeenFrame): Subject {
    const known = this.#subjects.get(track.id);
    if (known?.slot === slot) return known;
    const reading = new TrackReading(matcherOf(slot, this.#options.gallery));
    const subject: Subject = { said: {}, ...known, track, reading, slot, size };
    this.#subjects.set(track.id, subject);
    return subject;
  }

  #end(tracks: readonly Track[]): { told: Told[]; differences: Difference[] } {
    const subjects = tracks.flatMap(({ id }) => this.#subjects.get(id) ?? []);
    for (const { track } of subjects) this.#subjects.delete(track.id);
    return {
      told: subjects.map((subject) => ({ sighting: this.#sighting(subject), happening: ending(subject) })),
      differences: subjects.flatMap(({ paired }) =>
        paired === undefined ? [] : compareTrack(paired, paired.threshold),
      ),
    };
  }

  #sighting({ track, slot, size }: Subject): Sighting {
    const { camera, gallery } = this.#options;
    const version = gallery === undefined ? undefined : slot.galleries.get(gallery)?.version;
    const { id, lastSeen: time, box } = track;
    return {
      camera,
      track: id,
      time,
      box,
      frame: size,
      ...slot.revision,
      ...(version !== undefined && { galleryVersion: version }),
    };
  }
}

function ending({ track, reading }: Subject): Happening {
  const { identity, expression } = reading;
  const seconds = (track.lastSeen - track.firstSeen) / 1000;
  return {
    type: "ended",
    frames: track.frames,
    seconds,
    ...(identity && { identity }),
    ...(expression && { expression }),
  };
}

function boxesOf({ faces }: Analysis): Box[] {
  return faces.map(({ box }) => box);
}
