import type { Metric } from "../faces/distance.ts";

/** What the networks made of one labelled picture. */
export interface PictureResult {
  /** Labels of the set, where it gives them. */
  readonly identity?: string;
  readonly expression?: string;
  readonly subgroup?: string;
  /** Whether a face was found; what follows is about the largest one. */
  readonly found: boolean;
  readonly embedding?: Float32Array;
  /** Expression with the largest probability, in the network's words. */
  readonly seenExpression?: string;
  /** Milliseconds for the picture through all networks. */
  readonly milliseconds: number;
}

/** What engines made of a labelled set: the pictures in the order of the set. */
export interface Evaluation {
  readonly results: readonly PictureResult[];
  /** Distance of embeddings; absent when the model recognizes nobody. */
  readonly distance?: Metric;
  /** Words of the expression network; absent when the model reads no expressions. */
  readonly labels?: readonly string[];
  /** Resident bytes of the process with the engines loaded. */
  readonly memoryBytes: number;
  /** Per picture of a sample: the worst cosine between outputs of the engines and of the original models. */
  readonly parity: readonly number[];
}
