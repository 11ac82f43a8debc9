import type { Expression, Happening, Identity, Occurrence, Sighting } from "../../events/event.ts";
import type { Analysis, FaceObservation } from "../../pipeline/analysis.ts";
import { ConsistentReading } from "../../pipeline/track/consistency.ts";
import { TrackReading } from "../../pipeline/track/reading.ts";
import { createTracker, type Track } from "../../pipeline/track/tracker.ts";
import type { Slot } from "../slot/holder.ts";
import { compareTrack, type Difference } from "../trial/compare.ts";
import { matcherOf } from "./people.ts";

/** A frame as the active slot saw it. */
export interface SeenFrame {
  /** When it arrived, in milliseconds of a clock that never steps back. */
  arrivedAt: number;
  /** Milliseconds since the epoch. */
  capturedAt: number;
  size: { width: number; height: number };
  slot: Slot;
  analysis: Analysis;
}

/** The same frame as both slots of a trial saw it. */
export interface PairedFrame {
  trial: string;
  faces: readonly {
    track: Track;
    candidate: FaceObservation | undefined;
    champion: FaceObservation | undefined;
  }[];
  candidate: Slot;
  champion: Slot;
}

/** What the tracks that ended have shown about the slots of a trial. */
export interface TrackEvidence {
  trial: string;
  differences: Difference[];
}

/** What a camera's view has to say. */
export interface Told {
  occurrences: Occurrence[];
  evidence: TrackEvidence[];
}

export interface ViewOptions {
  camera: string;
  /** Absent where nobody may be recognized. */
  gallery: string | undefined;
  newTrackId: () => string;
}

/** What is known of one track. */
interface Subject {
  readonly track: Track;
  /** Made by `slot`: embeddings of two revisions are never mixed. */
  reading: TrackReading;
  slot: Slot;
  capturedAt: number;
  size: SeenFrame["size"];
  /** What was told last, by whichever slot. */
  said: { identity?: Identity; expression?: Expression };
  pair?: { trial: string; candidate: ConsistentReading; champion: ConsistentReading; threshold: number | undefined };
}

/** Milliseconds that a face may be out of sight before its track ends. */
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

  /** Takes a frame as the active slot saw it; gives the track of each of its faces, and what is to be told. */
  see(frame: SeenFrame): Told & { tracks: Track[] } {
    const { faces } = frame.analysis;
    const { tracks, ended } = this.#tracker.update(
      faces.map(({ box }) => box),
      frame.arrivedAt,
    );
    const { occurrences, evidence } = this.#end(ended);
    const news = tracks.flatMap((track, index) => this.#add(this.#subjectOf(track, frame), faces[index]!));
    return { tracks, evidence, occurrences: [...occurrences, ...news] };
  }

  /** Ends the tracks of people who left, when no frame came to do so. @param now as `arrivedAt`. */
  expire(now: number): Told {
    return this.#end(this.#tracker.expire(now));
  }

  /** Takes what both slots of a trial saw of the tracks of one frame. */
  compare({ trial, faces, candidate, champion }: PairedFrame): void {
    for (const face of faces) {
      const subject = this.#subjects.get(face.track.id);
      if (subject === undefined) continue;
      if (subject.pair?.trial !== trial) {
        const read = (slot: Slot) => new ConsistentReading(matcherOf(slot, this.#options.gallery));
        const threshold = champion.embedding?.threshold;
        subject.pair = { trial, candidate: read(candidate), champion: read(champion), threshold };
      }
      subject.pair.candidate.add(face.candidate);
      subject.pair.champion.add(face.champion);
    }
  }

  #subjectOf(track: Track, { slot, capturedAt, size }: SeenFrame): Subject {
    const known = this.#subjects.get(track.id);
    const reading = known?.slot === slot ? known.reading : new TrackReading(matcherOf(slot, this.#options.gallery));
    const subject: Subject = { said: {}, ...known, track, reading, slot, capturedAt, size };
    this.#subjects.set(track.id, subject);
    return subject;
  }

  /** Each identity and each expression of a track is told once, until it changes. */
  #add(subject: Subject, face: FaceObservation): Occurrence[] {
    const { reading, said } = subject;
    reading.add(face);
    const { identity, expression } = reading;
    const happenings: Happening[] = [];
    if (identity !== undefined && !isSame(identity, said.identity)) happenings.push({ type: "identified", identity });
    if (expression !== undefined && expression.label !== said.expression?.label) {
      happenings.push({ type: "expression", expression });
    }
    subject.said = { ...said, ...(identity && { identity }), ...(expression && { expression }) };
    return happenings.map((happening) => ({ sighting: this.#sighting(subject), happening }));
  }

  #end(tracks: readonly Track[]): Told {
    const subjects = tracks.flatMap(({ id }) => this.#subjects.get(id) ?? []);
    for (const { track } of subjects) this.#subjects.delete(track.id);
    return {
      occurrences: subjects.map((subject) => ({
        sighting: this.#sighting(subject),
        happening: this.#ending(subject),
      })),
      evidence: subjects.flatMap(({ pair }) =>
        pair === undefined ? [] : { trial: pair.trial, differences: compareTrack(pair, pair.threshold) },
      ),
    };
  }

  /** What a new reading cannot say yet is as it was told before the swap, unless the person has been erased since. */
  #ending({ track, reading, slot, said }: Subject): Happening {
    const identity = reading.identity ?? (this.#isEnrolled(slot, said.identity) ? said.identity : undefined);
    const expression = reading.expression ?? said.expression;
    return {
      type: "ended",
      frames: track.frames,
      seconds: (track.lastSeen - track.firstSeen) / 1000,
      ...(identity && { identity }),
      ...(expression && { expression }),
    };
  }

  #isEnrolled({ galleries }: Slot, identity: Identity | undefined): boolean {
    if (identity?.known !== true) return true;
    return galleries.get(this.#options.gallery ?? "")?.gallery?.people.includes(identity.person) ?? false;
  }

  #sighting({ track, slot, capturedAt, size }: Subject): Sighting {
    const { camera, gallery } = this.#options;
    const version = gallery === undefined ? undefined : slot.galleries.get(gallery)?.version;
    return {
      camera,
      track: track.id,
      time: capturedAt,
      box: track.box,
      frame: size,
      ...slot.revision,
      ...(version !== undefined && { galleryVersion: version }),
    };
  }
}

function isSame(identity: Identity, other: Identity | undefined): boolean {
  if (identity.known && other?.known === true) return identity.person === other.person;
  return identity.known === other?.known;
}
