import { logWealthAbove } from "./betting.ts";
import { requireAlpha } from "./refusal.ts";
import { meanDifference, mirror, sampleSize, type Tally } from "./tally.ts";

/** An estimate with the bounds it may be trusted within. */
export type Interval = {
  /** Independent units behind it. */
  readonly n: number;
  /** The sample's mean; null when there is no sample. */
  readonly estimate: number | null;
  /** The true mean is below this with probability at most alpha. */
  readonly lower: number;
  /** The true mean is above this with probability at most alpha. */
  readonly upper: number;
};

/** Halvings of [-1, 1] that a bound is found by: it is right to 2e-7, and errs to the safe side. */
const HALVINGS = 24;

/**
 * Confidence sequence of the mean difference: bounds that hold at all sample sizes at once, each with error alpha, so
 * one may look after every difference. Both together are a two-sided interval of confidence 1 - 2 alpha.
 *
 * A bound is the betting test turned round: `lower` is the largest mean that the test rejects from below. Therefore a
 * candidate passes the test of margin m exactly when `lower >= -m`.
 *
 * Source: Waudby-Smith and Ramdas, JRSS B 86(1), 2024, theorem 1 (inversion of tests).
 *
 * @param alpha error of each bound, in (0, 0.5)
 * @returns bounds in [-1, 1]; [-1, 1] when nothing was observed.
 * @throws EvidenceRefused for alpha outside the range.
 */
export function confidenceSequence(tally: Tally, alpha: number): Interval {
  const enough = -Math.log(requireAlpha("alpha", alpha));
  return {
    n: sampleSize(tally),
    estimate: meanDifference(tally),
    lower: lowerBound(tally, enough),
    upper: -lowerBound(mirror(tally), enough),
  };
}

/** Bisection between -1, a bound that always holds, and the sample's mean, against which no bet has gained. */
function lowerBound(tally: Tally, enough: number): number {
  let rejected = -1;
  let kept = meanDifference(tally) ?? -1;
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (rejected + kept) / 2;
    if (middle === rejected) break;
    if (logWealthAbove(tally, middle) >= enough) rejected = middle;
    else kept = middle;
  }
  return rejected;
}
