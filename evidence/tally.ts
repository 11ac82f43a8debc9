import { EvidenceRefused, requireWithin } from "./refusal.ts";

/**
 * All that is kept of a stream of paired differences: how often each of 17 values was seen.
 *
 * A difference is candidate minus champion on one unit of evidence (a track or a labelled probe), in [-1, 1]; with
 * right-or-wrong outcomes it is -1, 0 or 1. Every test and interval of this folder is a function of the tally alone,
 * because a product of bets does not depend on the order of its factors. So the state has a fixed size, tallies add
 * without loss, and the margin and the error rate need not be known when the differences are collected.
 *
 * `counts[k]` belongs to the value `POINTS[k]`. A difference between two points is split between both so that its mean
 * is kept: 0.05 is 0.6 of a count at 0 and 0.4 at 0.125. The logarithm of a bet's payoff is concave in the difference,
 * so by Jensen's inequality the split earns at most what the difference itself would have earned, whatever the bet:
 * the tests stay valid, and are exact for differences that are points.
 */
export type Tally = { readonly counts: readonly number[] };

/** The values a tally tells apart: -1, -0.875, ... 1. Eighths are exact in binary. */
export const POINTS: readonly number[] = Array.from({ length: 17 }, (_, k) => (k - 8) / 8);

/** The tally of nothing. */
export const NOTHING: Tally = { counts: POINTS.map(() => 0) };

/** The longest text `decodeTally` reads; the longest that `encodeTally` writes is shorter. */
export const MAX_ENCODED_LENGTH = 640;

/**
 * Adds one paired difference, in [-1, 1].
 * @throws EvidenceRefused for NaN and for a difference outside the range.
 */
export function observe(tally: Tally, difference: number): Tally {
  const position = (requireWithin("difference", difference, -1, 1) + 1) * 8;
  const below = Math.floor(position);
  const share = position - below;
  const counts = tally.counts.slice();
  counts[below]! += 1 - share;
  if (share > 0) counts[below + 1]! += share;
  return { counts };
}

/**
 * The evidence of independent units together, as though one node had seen them all: the sum of the counts.
 *
 * Per bet this is the product of the nodes' e-values; the mean over the bets is taken after the product. The other
 * order, a product of each node's own mean over bets, is valid too. It decides about as soon where a few hundred units
 * are enough, but pays anew on every node for not knowing the best bet, so that hard cases take up to twice as long
 * (test/bench/evidence.ts). The pooled sample also has an interval, and it guards the mean over all units: were some
 * nodes better and some worse, then for every bet l, prod(1 + l (mu_i - mu)) <= (1 + l (mean(mu_i) - mu))^n by the
 * inequality of the arithmetic and the geometric mean, so good nodes do not outvote bad ones beyond their number of
 * units. A node that is bad by itself is the business of its own verdict.
 *
 * Only for units that are different: nodes that replay the same pictures go through `average`.
 */
export function merge(tallies: readonly Tally[]): Tally {
  return { counts: POINTS.map((_, k) => tallies.reduce((sum, tally) => sum + tally.counts[k]!, 0)) };
}

/**
 * The evidence of nodes that looked at the same units, such as one set of probes replayed on each: the mean of the
 * counts, because k copies of a picture are still one picture. The mean of the nodes' differences on one probe is a
 * difference in [-1, 1] too, and by Jensen's inequality, once more, averaged counts earn at most what it would earn.
 *
 * Valid at every look at which the nodes have gone through the same probes; simulated, a node that lags behind does
 * not raise the error rate either. A probe counts once a node: replaying it again shows nothing new.
 */
export function average(tallies: readonly Tally[]): Tally {
  return { counts: merge(tallies).counts.map((count) => (tallies.length === 0 ? 0 : count / tallies.length)) };
}

/** The tally of the differences with their signs turned: champion minus candidate. */
export function mirror(tally: Tally): Tally {
  return { counts: tally.counts.toReversed() };
}

/** Whole units observed. An average of several nodes is rounded down. */
export function sampleSize(tally: Tally): number {
  return Math.floor(weight(tally) + 1e-6);
}

/** Mean difference, in [-1, 1]; null when nothing was observed. */
export function meanDifference(tally: Tally): number | null {
  const total = weight(tally);
  if (total === 0) return null;
  return tally.counts.reduce((sum, count, k) => sum + count * POINTS[k]!, 0) / total;
}

/**
 * A tally as a short text for a status field, for example "-1:12 0:430 1:9": value and count of the points seen, in
 * order. Numbers are written so that they read back to the same bits. Nothing observed is "".
 */
export function encodeTally(tally: Tally): string {
  return tally.counts.flatMap((count, k) => (count === 0 ? [] : [`${POINTS[k]!}:${count}`])).join(" ");
}

/**
 * Reads what `encodeTally` wrote.
 * @throws EvidenceRefused for any other text: the text comes from a device.
 */
export function decodeTally(text: string): Tally {
  const entries = text.length <= MAX_ENCODED_LENGTH ? text.split(" ").map((entry) => entry.split(":")) : [];
  const counts = POINTS.map((point) => Number(entries.find(([value]) => value === String(point))?.[1] ?? 0));
  const tally = { counts };
  const readable = counts.every((count) => count >= 0 && count <= Number.MAX_SAFE_INTEGER);
  if (!readable || encodeTally(tally) !== text) {
    throw new EvidenceRefused("tally", text, 'counts by difference, such as "-1:12 0:430 1:9"');
  }
  return tally;
}

function weight(tally: Tally): number {
  return tally.counts.reduce((sum, count) => sum + count, 0);
}
