import type { Expression, Movement } from "./expression.ts";

/**
 * The seven expressions as movements from rest. The figures began as a person would draw them and were then searched
 * for what a pretrained expression network reads best on people of the tuning seeds (see judge/seeds.ts), without
 * moving the face far from its own neutral picture for a recognition network. "neutral" is not all zeros because the
 * network reads a drawn face at rest as slightly surprised.
 */
export const MOVEMENTS: Record<Expression, Partial<Movement>> = {
  neutral: { innerBrow: -0.45, frown: 0.1, squint: 0.2, wide: -0.2, stretch: -0.15, round: 0.2, lowerLid: 0.1 },
  happy: {
    smile: 1.1,
    open: 0.12,
    teeth: 1,
    cheek: 0.9,
    stretch: 0.45,
    lowerLid: 0.3,
    innerBrow: -0.2,
    squint: 0.06,
  },
  sad: {
    frown: 1.05,
    pout: 0.35,
    lipRaise: 0.3,
    innerBrow: 0.65,
    outerBrow: -0.8,
    squint: 0.6,
    lowerLid: 0.4,
    wrinkle: 0.2,
    stretch: -0.2,
  },
  angry: {
    frown: 0.55,
    open: 0.35,
    round: 0.35,
    stretch: 0.4,
    pout: 0.6,
    teeth: 0.72,
    lowerTeeth: 1,
    lipRaise: 0.52,
    innerBrow: -1.45,
    outerBrow: 0.6,
    furrow: 0.9,
    squint: 0.5,
    lowerLid: 0.45,
    wrinkle: 1.2,
  },
  fearful: {
    frown: 0.55,
    open: 0.16,
    stretch: 0.45,
    press: 0.55,
    teeth: 0.5,
    lowerTeeth: 0.4,
    lipRaise: 0.39,
    innerBrow: 0.88,
    outerBrow: 0.2,
    furrow: 1.2,
    wide: 1.1,
    lowerLid: 0.3,
    wrinkle: 0.45,
  },
  disgusted: {
    frown: 0.9,
    pout: 0.45,
    teeth: 0.65,
    lipRaise: 1.25,
    innerBrow: -0.45,
    outerBrow: 0.3,
    furrow: 0.8,
    squint: 0.9,
    lowerLid: 0.65,
    cheek: 0.9,
    wrinkle: 1.2,
  },
  surprised: { open: 0.355, round: 0.8, innerBrow: 1.3, outerBrow: 1.3, wide: 0.9 },
};
