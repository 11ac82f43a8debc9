import { requireBetween } from "./refusal.ts";
import { POINTS, mirror, type Tally } from "./tally.ts";

const { exp, log, log1p } = Math;

/**
 * The bets: the fractions of the largest stake that cannot go bankrupt, 0.02, 0.06, ... 0.98. Nobody knows the best one
 * beforehand, so one unit of money is spread evenly over all of them.
 */
export const BETS: readonly number[] = Array.from({ length: 25 }, (_, k) => 0.02 + 0.04 * k);

/**
 * Evidence against H0 "the mean difference is at most `mean`": the natural logarithm of the wealth K of a gambler who
 * bets that it is larger.
 *
 *   K = mean over c in BETS of the product over differences d of (1 + c (d - mean) / (1 + mean))
 *
 * Under H0 no bet gains on average, so K is a nonnegative supermartingale that starts at 1, and by Ville's inequality
 * it ever reaches 1/alpha with probability at most alpha: one may look after every difference and stop at will. With
 * mean = -m it is the test of non-inferiority with margin m, whose stakes l = c / (1 - m).
 *
 * Falls when `mean` grows: the payoff is 1 - c + c (1 + d) / (1 + mean), and 1 + d is never negative.
 *
 * Source: Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86(1), 2024,
 * sec. 4 (capital process) and appendix B (diversified Kelly betting, "dKelly"), here with 25 bets.
 *
 * @param mean in (-1, 1)
 * @returns log K, finite for any sample; 0 when nothing was observed.
 * @throws EvidenceRefused for a mean outside the range.
 */
export function logWealthAbove(tally: Tally, mean: number): number {
  requireBetween("mean", mean, -1, 1);
  return logMeanExp(BETS.map((bet) => logPayoff(tally, bet / (1 + mean), mean)));
}

/** Evidence against H0 "the mean difference is at least `mean`": the same gambler on the other side. */
export function logWealthBelow(tally: Tally, mean: number): number {
  return logWealthAbove(mirror(tally), -mean);
}

function logPayoff(tally: Tally, stake: number, mean: number): number {
  let sum = 0;
  for (let k = 0; k < POINTS.length; k++) {
    const count = tally.counts[k]!;
    if (count > 0) sum += count * log1p(stake * (POINTS[k]! - mean));
  }
  return sum;
}

/** log(mean(exp(x))) without overflow: the largest exponent is taken out first. */
function logMeanExp(exponents: readonly number[]): number {
  const largest = Math.max(...exponents);
  const sum = exponents.reduce((total, exponent) => total + exp(exponent - largest), 0);
  return largest + log(sum / exponents.length);
}
