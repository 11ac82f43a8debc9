import type { Box, FivePoints } from "../geometry.ts";

/** A face as a detector gives it, in pixels of the network's input. */
export interface DetectedFace {
  readonly box: Box;
  readonly score: number;
  readonly points?: FivePoints;
}
