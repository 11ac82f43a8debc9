import type { Box, FivePoints, Region } from "../faces/geometry.ts";

/** What may be inferred about a frame. What is not wanted is not computed. */
export interface Want {
  identity: boolean;
  expression: boolean;
  /** Where faces are looked for, as parts of the frame; a face counts when its center lies in one. Default: everywhere. */
  regions?: readonly Region[];
}

/** How a face looks. */
export interface Expression {
  /** The class with the largest probability, in the network's words. */
  label: string;
  /** Its probability. */
  probability: number;
  /** Whether the probability reaches the threshold of the output, so that it may be reported. */
  reported: boolean;
  /** Probabilities of all classes in the order of the output's labels. */
  probabilities: Float32Array;
}

/** A face in a frame, in pixels of the frame. */
export interface FaceObservation {
  box: Box;
  /** The detector's score, from 0 to 1. */
  score: number;
  /** Absent unless a wanted network is aligned to points. */
  points?: FivePoints;
  /** Absent unless identity is wanted; as the network gave it. */
  embedding?: Float32Array;
  /** Absent unless expression is wanted. */
  expression?: Expression;
}

/** What a network cost for one frame. */
interface NetworkTiming {
  network: string;
  /** Inferences. */
  runs: number;
  /** Milliseconds of all inferences, crops not counted. */
  milliseconds: number;
}

/** All that was seen in one frame. */
export interface Analysis {
  /** Faces by falling score. */
  faces: FaceObservation[];
  timings: NetworkTiming[];
  /** Milliseconds the worker spent on the frame: crops, inferences and decoding, not the wait before. */
  milliseconds: number;
}
