import type { Movement } from "../expression/expression.ts";
import type { Identity } from "../identity/identity.ts";

/** Where the parts of one face lie under one movement: what several features need to agree on. */
export type Anchors = {
  eyeX: number;
  /** Bottom of the chin, with the jaw's drop. */
  chin: number;
  jawDrop: number;
  noseY: number;
  /** Where the lips meet at the midline, at rest, and the corner of the mouth under the movement. */
  mouthY: number;
  cornerX: number;
  cornerY: number;
};

/** The anchors of a face. */
export function placeAnchors({ skull, eyes, nose, mouth }: Identity, movement: Movement): Anchors {
  const { smile, frown, stretch, round, open, wrinkle } = movement;
  const jawDrop = 0.55 * open;
  const mouthY = nose.length + mouth.drop;
  const rounding = 0.42 * round * Math.min(1, open * 4);
  return {
    eyeX: eyes.spacing,
    chin: skull.chin + jawDrop,
    jawDrop,
    noseY: nose.length - 0.04 * wrinkle,
    mouthY,
    cornerX: mouth.width * (1 + 0.28 * smile + 0.12 * stretch - rounding),
    cornerY: mouthY - 0.085 * smile + 0.075 * frown,
  };
}
