import type { Expression as ExpressionEvent, Identity } from "../../events/event.ts";
import type { FaceObservation } from "../analysis.ts";

/** Says whose an embedding is, by the gallery as it is now; undefined while there is none to compare with. */
export type Match = (embedding: Float32Array) => Identity | undefined;

/** Frames with an embedding before a track's identity is said. */
const framesToIdentify = 3;
/** Frames over which embeddings are averaged; beyond, the oldest fade out. */
const framesToAverage = 50;
/** Weight of the newest frame in the moving average of expression probabilities. */
const expressionWeight = 0.4;
/** Frames that a new expression must lead before it is said. */
const framesToExpress = 2;

/**
 * What one slot makes of one track. Identity is decided on the mean of the track's embeddings, not on a frame; the
 * expression on a moving average, with a delay against flicker. Its size does not grow with the track.
 */
export class TrackReading {
  readonly #match: Match | undefined;
  #mean: Float32Array | undefined;
  #embeddings = 0;
  #average: Float32Array | undefined;
  #said: ExpressionEvent | undefined;
  #lead = { label: "", frames: 0 };

  /** @param match undefined where identity may not be inferred. */
  constructor(match: Match | undefined) {
    this.#match = match;
  }

  /** Takes what the slot saw of the track in one frame. */
  add({ embedding, expression }: FaceObservation): void {
    if (embedding !== undefined) this.#addEmbedding(embedding);
    if (expression !== undefined) this.#addExpression(expression);
  }

  /** Who it is, once enough frames have been seen. Compares with the gallery as it is now: read it once a frame. */
  get identity(): Identity | undefined {
    return this.#mean === undefined || this.#embeddings < framesToIdentify ? undefined : this.#match?.(this.#mean);
  }

  /** How they look: the last expression that led long enough and reached the network's threshold. */
  get expression(): ExpressionEvent | undefined {
    return this.#said;
  }

  #addEmbedding(embedding: Float32Array): void {
    this.#embeddings += 1;
    const weight = 1 / Math.min(this.#embeddings, framesToAverage);
    this.#mean =
      this.#mean?.map((value, index) => value + weight * (embedding[index]! - value)) ?? Float32Array.from(embedding);
  }

  #addExpression({ label, reported, probabilities }: NonNullable<FaceObservation["expression"]>): void {
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
