import { clamp } from "../canvas/falloff.ts";
import type { Movement } from "../expression/expression.ts";
import type { Identity } from "../identity/identity.ts";
import type { Anchors } from "./anchors.ts";

const { cos, exp, max, min, sqrt } = Math;

/** The outline of the lips over one column, from above to below, in head units. */
export type Lips = {
  /** Distance from the midline, as a part of the half width. */
  part: number;
  /** Where the lips meet when closed. */
  middle: number;
  upperOuter: number;
  upperInner: number;
  lowerInner: number;
  lowerOuter: number;
};

/** The lips over a column at a distance x from the midline. */
export function lipsAt({ mouth }: Identity, anchors: Anchors, movement: Movement, x: number): Lips {
  const { smile, lipRaise, pout, press, teeth, open } = movement;
  const part = clamp(x / anchors.cornerX, 0, 1.3);
  const inside = min(1, part);
  const square = inside * inside;
  const middle = middleOf(anchors, movement, part);
  const shape = open > 0.15 ? sqrt(1 - square) : 1 - inside ** 2.2;
  const bared = 0.02 * smile * max(0, teeth) + 0.02 * lipRaise;
  const upperInner = middle - max(0, 0.1 * open + bared) * shape;
  const lowerInner = middle + max(0, 0.95 * open + bared + 0.025 * smile * teeth) * shape;
  const upper = mouth.upper * clamp(1 - 0.55 * press - 0.3 * smile, 0.2, 1.5);
  const lower = mouth.lower * clamp(1 - 0.5 * press - 0.25 * smile + 0.25 * pout, 0.2, 1.6);
  return {
    part,
    middle,
    upperOuter: upperInner - upper * cupidsBow(x) * (1 - square) ** 0.75,
    upperInner,
    lowerInner,
    lowerOuter: lowerInner + lower * (1 - inside ** 2.6) ** 0.7,
  };
}

/** The line between the lips: drawn to the corner, dented at the midline. */
function middleOf(anchors: Anchors, { smile, lipRaise, pout }: Movement, part: number): number {
  const corner = anchors.cornerY - anchors.mouthY;
  const dent = part < 1 ? 0.006 * cos(clamp(part * 4.2, 0, 2 * Math.PI)) * (1 - smile) : 0;
  return (
    anchors.mouthY - 0.07 * lipRaise * (1 - 0.8 * part ** 3) - 0.02 * pout * (1 - part) + corner * part ** 1.8 + dent
  );
}

function cupidsBow(x: number): number {
  return 1 + 0.16 * exp(-(((x - 0.065) / 0.045) ** 2)) - 0.18 * exp(-((x / 0.03) ** 2));
}
