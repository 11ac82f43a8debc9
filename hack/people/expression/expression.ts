import { MOVEMENTS } from "./movements.ts";

/** The seven expressions, in the order of the usual networks. */
export const expressions = ["neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised"] as const;
export type Expression = (typeof expressions)[number];

/**
 * How far the parts of a face have moved from rest; 0 is rest and 1 a full movement. The names follow the action units
 * of the Facial Action Coding System (Ekman and Friesen, 1978), given in parentheses.
 */
export type Movement = {
  /** Corners of the mouth drawn up (AU12) or down (AU15), and apart (AU20). */
  smile: number;
  frown: number;
  stretch: number;
  /** The jaw dropped (AU26), the lips rounded (AU22), pressed (AU24), the lower lip pushed up (AU17). */
  open: number;
  round: number;
  press: number;
  pout: number;
  /** The upper lip raised (AU10); how much of the upper and the lower teeth shows. */
  lipRaise: number;
  teeth: number;
  lowerTeeth: number;
  /** Inner and outer brow raised (AU1, AU2), below zero lowered; brows drawn together (AU4). */
  innerBrow: number;
  outerBrow: number;
  furrow: number;
  /** Upper lids raised (AU5), lids narrowed (AU7), lower lids and cheeks raised (AU6). */
  wide: number;
  squint: number;
  lowerLid: number;
  cheek: number;
  /** The nose wrinkled (AU9). */
  wrinkle: number;
};

/** A face at rest. */
export const REST: Movement = {
  smile: 0,
  frown: 0,
  stretch: 0,
  open: 0,
  round: 0,
  press: 0,
  pout: 0,
  lipRaise: 0,
  teeth: 0,
  lowerTeeth: 0,
  innerBrow: 0,
  outerBrow: 0,
  furrow: 0,
  wide: 0,
  squint: 0,
  lowerLid: 0,
  cheek: 0,
  wrinkle: 0,
};

/** An expression and how strongly it shows: 0 is the neutral face, 1 the full expression, up to 1.2 exaggerated. */
export type Felt = { name: Expression; strength: number };

/** The movement of a face that feels something: from the neutral face toward the expression's, by its strength. */
export function movementOf({ name, strength }: Felt): Movement {
  const neutral = { ...REST, ...MOVEMENTS.neutral };
  return blendMovements(neutral, { ...REST, ...MOVEMENTS[name] }, strength);
}

/** From one movement toward another; used between two expressions of a scene. */
export function blendMovements(from: Movement, to: Movement, share: number): Movement {
  const blended = { ...from };
  for (const key of Object.keys(REST) as (keyof Movement)[]) blended[key] = from[key] + (to[key] - from[key]) * share;
  return blended;
}
