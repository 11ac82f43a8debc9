import { binomialTail } from "./binomial.ts";
import { requireAlpha, requireCount, requireWithin } from "./refusal.ts";
import { confidenceSequence, type Interval } from "./sequence.ts";
import { observe, type Tally } from "./tally.ts";
import { judge, type Decision, type Patience } from "./verdict.ts";

/** Right-or-wrong outcomes of a sample whose size was fixed beforehand. */
export type Outcomes = { readonly successes: number; readonly trials: number };

/** An absolute demand on one model, without a champion to compare with. */
export type FloorTest = Patience & {
  /** The least accuracy that is accepted, in [0, 1). */
  readonly floor: number;
  /** Error rate of each bound, in (0, 0.5). */
  readonly alpha: number;
};

/** Halvings of [0, 1] that a bound is found by: finer than 1e-11. */
const HALVINGS = 38;

/**
 * Exact bounds of a success probability at a sample size fixed beforehand, each with error at most alpha. Clopper and
 * Pearson rather than Wilson, because a gate's floor lies near 1, where Wilson's interval covers less often than it
 * says (Brown, Cai and DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16(2), 2001,
 * sec. 3); the exact one never does.
 *
 * Source: Clopper and Pearson, Biometrika 26(4), 1934.
 *
 * @throws EvidenceRefused for counts that are not whole, or more successes than trials.
 */
export function clopperPearson({ successes, trials }: Outcomes, alpha: number): Interval {
  requireCount("trials", trials);
  requireCount("successes", successes, 0, trials);
  requireAlpha("alpha", alpha);
  return {
    n: trials,
    estimate: trials === 0 ? null : successes / trials,
    lower: lowerBound(trials, successes, alpha),
    upper: 1 - lowerBound(trials, trials - successes, alpha),
  };
}

/**
 * Does a model reach the floor on a fixed set of pictures, each right or wrong (identity, verification pair,
 * expression)? For the offline gate, which looks once.
 */
export function decideFloor(outcomes: Outcomes, test: FloorTest): Decision {
  return judge(clopperPearson(outcomes, test.alpha), requireFloor(test), test.alpha, test);
}

/** Adds one score, in [0, 1], to a tally of scores: the difference between the score and its complement. */
export function observeScore(tally: Tally, score: number): Tally {
  return observe(tally, 2 * requireWithin("score", score, 0, 1) - 1);
}

/** Confidence sequence of the mean of a tally of scores; bounds in [0, 1], valid at all sample sizes at once. */
export function scoreSequence(scores: Tally, alpha: number): Interval {
  const { n, estimate, lower, upper } = confidenceSequence(scores, alpha);
  return { n, estimate: estimate === null ? null : (1 + estimate) / 2, lower: (1 + lower) / 2, upper: (1 + upper) / 2 };
}

/**
 * Does a model reach the floor on a stream of scores in [0, 1], looked at as often as one likes? For the shadow of a
 * first revision, which has no champion, and for means of scores that are not right-or-wrong: one draw of each class
 * averaged is a score whose mean is the unweighted average recall.
 */
export function decideScoreFloor(scores: Tally, test: FloorTest): Decision {
  return judge(scoreSequence(scores, test.alpha), requireFloor(test), test.alpha, test);
}

function requireFloor({ floor }: FloorTest): number {
  return requireWithin("floor", floor, 0, 1 - Number.EPSILON);
}

/** The largest probability under which so many successes have a chance below alpha. */
function lowerBound(trials: number, successes: number, alpha: number): number {
  let rejected = 0;
  let kept = trials === 0 ? 0 : successes / trials;
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (rejected + kept) / 2;
    if (binomialTail(trials, successes, middle) < alpha) rejected = middle;
    else kept = middle;
  }
  return rejected;
}
