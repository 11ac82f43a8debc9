import type { Expression, Movement } from "./expression.ts";

/**
 * The seven expressions as movements from rest. The figures were found by searching for the movements that a
 * pretrained expression network reads best on people of the tuning seeds (see judge/seeds.ts), within what a face can
 * do; "neutral" is not all zeros because the networks read a drawn face at rest as slightly sad or surprised.
 */
export const MOVEMENTS: Record<Expression, Partial<Movement>> = {
  neutral: { innerBrow: -0.4, lowerLid: 0.1 },
  happy: { smile: 1.1, open: 0.12, teeth: 1, cheek: 0.9, stretch: 0.45, lowerLid: 0.3, innerBrow: -0.2, squint: 0.06 },
  sad: {
    frown: 1.08,
    pout: 0.35,
    lipRaise: 0.4,
    innerBrow: 0.7,
    outerBrow: -0.8,
    squint: 0.6,
    lowerLid: 0.4,
    wrinkle: 0.3,
    stretch: -0.2,
  },
  angry: {
    frown: 0.36,
    open: 0.12,
    round: 0.25,
    stretch: 0.17,
    teeth: 1,
    lowerTeeth: 1,
    lipRaise: 0.6,
    innerBrow: -1.4,
    outerBrow: 0.75,
    furrow: 1.2,
    lowerLid: 0.32,
    wrinkle: 0.9,
  },
  fearful: {
    frown: 0.5,
    open: 0.157,
    stretch: 0.93,
    teeth: 0.6,
    lowerTeeth: 0.45,
    innerBrow: 1.3,
    outerBrow: 0.2,
    furrow: 1.2,
    wide: 1.1,
    wrinkle: 0.3,
  },
  disgusted: {
    frown: 0.9,
    open: 0.04,
    teeth: 0.8,
    lipRaise: 1.04,
    pout: 0.19,
    innerBrow: -0.8,
    furrow: 0.5,
    squint: 0.43,
    lowerLid: 0.9,
    cheek: 0.7,
    wrinkle: 1.25,
  },
  surprised: { open: 0.355, round: 0.8, innerBrow: 1.3, outerBrow: 1.3, wide: 0.9 },
};
