import type { Expression as ExpressionEvent, Identity } from "../../events/event.ts";
import type { FaceObservation } from "../analysis.ts";

/** Finds the enrolled person whose templates are nearest to an embedding, or undefined when none is near enough. */
export type Match = (embedding: Float32Array) => { person: string; distance: number } | undefined;

/** Frames with an embedding before a track's identity is said. */
const framesToIdentify = 3;
/** Weight of the newest frame in the moving average of expression probabilities. */
const expressionWeight = 0.4;
/** Frames that a new expression must lead before it is said. */
const framesToExpress = 2;

/**
 * What one slot makes of one track. Identity is decided on the mean of the track's embeddings, not on a frame; the
 * expression on a moving average, with a delay against flicker.
 */
export class TrackReading {
  readonly #match: Match | undefined;
  #sum: Float32Array | undefined;
  #matches: (string | null)[] = [];
  #missed = 0;
  #average: Float32Array | undefined;
  #labels: string[] = [];
  #said: ExpressionEvent | undefined;
  #lead = { label: "", frames: 0 };

  /** @param match undefined where identity may not be inferred. */
  constructor(match: Match | undefined) {
    this.#match = match;
  }

  /** Takes what the slot saw of the track in one frame, or that it missed the face. */
  add(face: FaceObservation | undefined): void {
    if (face === undefined) {
      this.#missed += 1;
      return;
    }
    if (face.embedding !== undefined) this.#addEmbedding(face.embedding);
    if (face.expression !== undefined) this.#addExpression(face.expression);
  }

  /** Who it is, once enough frames have been seen. */
  get identity(): Identity | undefined {
    return this.#matches.length >= framesToIdentify ? this.#identify() : undefined;
  }

  /** How they look: the last expression that led long enough and reached the network's threshold. */
  get expression(): ExpressionEvent | undefined {
    return this.#said;
  }

  /** Part of the frames, in [0, 1], whose own match is that of the track; missed frames count as wrong. */
  get identityConsistency(): number | undefined {
    const identity = this.identity;
    if (identity === undefined) return undefined;
    const person = identity.known ? identity.person : null;
    return this.#matches.filter((match) => match === person).length / (this.#matches.length + this.#missed);
  }

  /** Part of the frames, in [0, 1], that show the expression of the frame before; missed frames count as wrong. */
  get expressionConsistency(): number | undefined {
    if (this.#labels.length < framesToIdentify) return undefined;
    const same = this.#labels.filter((label, index) => index > 0 && label === this.#labels[index - 1]).length;
    return same / (this.#labels.length - 1 + this.#missed);
  }

  #addEmbedding(embedding: Float32Array): void {
    this.#sum = this.#sum?.map((value, index) => value + embedding[index]!) ?? embedding.slice();
    this.#matches.push(this.#match?.(embedding)?.person ?? null);
  }

  #identify(): Identity {
    const frames = this.#matches.length;
    const nearest = this.#match?.(this.#sum!.map((value) => value / frames));
    return nearest === undefined ? { known: false } : { known: true, ...nearest };
  }

  #addExpression({ label, reported, probabilities }: NonNullable<FaceObservation["expression"]>): void {
    this.#labels.push(label);
    const newest = expressionWeight;
    this.#average =
      this.#average?.map((value, index) => value + newest * (probabilities[index]! - value)) ?? probabilities.slice();
    this.#lead = { label, frames: this.#lead.label === label ? this.#lead.frames + 1 : 1 };
    const probability = Math.max(...this.#average);
    const leads =
      this.#lead.frames >= framesToExpress &&
      probabilities[this.#average.indexOf(probability)] === Math.max(...probabilities);
    if (reported && leads) this.#said = { label, probability };
  }
}
