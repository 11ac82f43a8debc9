import type { Identity } from "../../events/event.ts";
import type { FaceObservation } from "../analysis.ts";
import { TrackReading, type Match } from "./reading.ts";

/** Frames below which nothing is said of how consistent a reading is. */
const fewest = 3;

/**
 * A reading that also counts how often single frames agree with it: what one slot of a comparison makes of a track. Costs
 * a comparison with the gallery more a frame than a plain reading.
 */
export class ConsistentReading {
  readonly #match: Match | undefined;
  readonly #reading: TrackReading;
  readonly #matches = new Map<string | null, number>();
  #embeddings = 0;
  #missed = 0;
  #expressions = { frames: 0, repeated: 0, last: "" };

  /** @param match undefined where identity may not be inferred. */
  constructor(match: Match | undefined) {
    this.#match = match;
    this.#reading = new TrackReading(match);
  }

  /** Takes what the slot saw of the track in one frame, or that it missed the face. */
  add(face: FaceObservation | undefined): void {
    if (face === undefined) {
      this.#missed += 1;
      return;
    }
    this.#reading.add(face);
    if (face.embedding !== undefined) this.#count(this.#match?.(face.embedding));
    if (face.expression !== undefined) this.#repeat(face.expression.label);
  }

  get identity(): TrackReading["identity"] {
    return this.#reading.identity;
  }

  /** Part of the frames, in [0, 1], whose own match is that of the track; missed frames count as wrong. */
  get identityConsistency(): number | undefined {
    const { identity } = this;
    if (identity === undefined) return undefined;
    const agree = this.#matches.get(personOf(identity)) ?? 0;
    return agree / (this.#embeddings + this.#missed);
  }

  /** Part of the frames, in [0, 1], that show the expression of the frame before; missed frames count as wrong. */
  get expressionConsistency(): number | undefined {
    const { frames, repeated } = this.#expressions;
    return frames < fewest ? undefined : repeated / (frames - 1 + this.#missed);
  }

  #count(identity: Identity | undefined): void {
    this.#embeddings += 1;
    if (identity === undefined) return;
    const person = personOf(identity);
    this.#matches.set(person, (this.#matches.get(person) ?? 0) + 1);
  }

  #repeat(label: string): void {
    const { frames, repeated, last } = this.#expressions;
    this.#expressions = { frames: frames + 1, repeated: repeated + Number(label === last), last: label };
  }
}

function personOf(identity: Identity): string | null {
  return identity.known ? identity.person : null;
}
