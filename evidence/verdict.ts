import { logWealthAbove, logWealthBelow } from "./betting.ts";
import { requireCount, requireWithin } from "./refusal.ts";
import { confidenceSequence, type Interval } from "./sequence.ts";
import type { Tally } from "./tally.ts";

/** What a gate says, in the words of Argo Rollouts' analysis. */
export type Verdict = "Success" | "Failure" | "Inconclusive" | "Error";

/** Why it says so, in the form of a condition's reason. */
type Reason =
  | "LowerBoundAboveLimit"
  | "UpperBoundBelowLimit"
  | "NoData"
  | "TooFewSamples"
  | "Collecting"
  | "DeadlinePassed"
  | "MeasurementFailed";

/** One metric's verdict, with all that is needed to check it by hand. */
export type Decision = Interval & {
  readonly verdict: Verdict;
  readonly reason: Reason;
  /** One sentence with value, interval, n and limit. */
  readonly message: string;
  /** No further observation is wanted: it succeeded, it failed, or its time is over. */
  readonly settled: boolean;
  /** What the bounds are held against: minus the margin of a paired test, or an absolute floor. */
  readonly limit: number;
  /** Error rate of each bound that this decision was allowed. */
  readonly alpha: number;
};

/** When a verdict may be given. */
export type Patience = {
  /** Units below which nothing succeeds, at least 1. */
  readonly minSamples: number;
  /** True when no more time is left; what is undecided then stays Inconclusive for good. */
  readonly deadlinePassed: boolean;
};

/** A paired test of non-inferiority. */
export type PairedTest = Patience & {
  /** The loss that is tolerated, in [0, 1), as a difference of means: 0.02 is two points of accuracy. */
  readonly margin: number;
  /** Error rate of each bound, in (0, 0.5). */
  readonly alpha: number;
};

/** A decision by betting, with the evidence of both sides. */
export type PairedDecision = Decision & {
  /** Natural logarithm of the wealth that bet on "not worse than the margin"; Success needs log(1/alpha). */
  readonly logWealth: number;
  /** Natural logarithm of the wealth that bet on "worse than the margin"; Failure needs log(1/alpha). */
  readonly logWealthAgainst: number;
};

/**
 * Is the candidate at most `margin` worse than the champion? Valid however often it is asked, so the first Success or
 * Failure may be acted on and need not be asked again. For a fixed set of pictures, as in the offline gate, it is asked
 * once or along the way: unlike McNemar's test with a margin it needs no assumption about how often the two disagree.
 *
 * A candidate whose mean difference is -margin or less gets Success with probability at most alpha over all looks
 * together; one whose mean difference is -margin or more gets Failure with probability at most alpha.
 *
 * @throws EvidenceRefused for a margin, alpha or minimum outside its range.
 */
export function decide(tally: Tally, test: PairedTest): PairedDecision {
  const limit = -requireWithin("margin", test.margin, 0, 1 - Number.EPSILON);
  return {
    ...judge(confidenceSequence(tally, test.alpha), limit, test.alpha, test),
    logWealth: logWealthAbove(tally, limit),
    logWealthAgainst: logWealthBelow(tally, limit),
  };
}

/**
 * The one rule: Success when the whole interval is above the limit and the sample is large enough, Failure when it is
 * below, and otherwise not known. No data is never a pass. A Failure needs no minimum sample: its error is bounded at
 * any n, and waiting would only serve a bad candidate longer.
 */
export function judge(interval: Interval, limit: number, alpha: number, patience: Patience): Decision {
  requireCount("minSamples", patience.minSamples, 1);
  const reason = reasonFor(interval, limit, patience);
  const verdict = VERDICTS[reason];
  return {
    ...interval,
    verdict,
    reason,
    message: `${MEANINGS[reason]}: ${summary(interval, limit, alpha)}`,
    settled: verdict === "Success" || verdict === "Failure" || patience.deadlinePassed,
    limit,
    alpha,
  };
}

/** The decision on a metric that could not be measured. Never a pass, and no evidence against the candidate either. */
export function measurementFailed(cause: string, limit: number, alpha: number, patience: Patience): Decision {
  return {
    n: 0,
    estimate: null,
    lower: -1,
    upper: 1,
    verdict: "Error",
    reason: "MeasurementFailed",
    message: `${MEANINGS.MeasurementFailed}: ${cause}`,
    settled: patience.deadlinePassed,
    limit,
    alpha,
  };
}

function reasonFor({ n, lower, upper }: Interval, limit: number, patience: Patience): Reason {
  if (n === 0) return "NoData";
  if (upper < limit) return "UpperBoundBelowLimit";
  if (n < patience.minSamples) return "TooFewSamples";
  if (lower >= limit) return "LowerBoundAboveLimit";
  return patience.deadlinePassed ? "DeadlinePassed" : "Collecting";
}

const VERDICTS: Readonly<Record<Reason, Verdict>> = {
  LowerBoundAboveLimit: "Success",
  UpperBoundBelowLimit: "Failure",
  NoData: "Inconclusive",
  TooFewSamples: "Inconclusive",
  Collecting: "Inconclusive",
  DeadlinePassed: "Inconclusive",
  MeasurementFailed: "Error",
};

const MEANINGS: Readonly<Record<Reason, string>> = {
  LowerBoundAboveLimit: "the interval lies above the limit",
  UpperBoundBelowLimit: "the interval lies below the limit",
  NoData: "nothing was observed",
  TooFewSamples: "the sample is below its minimum",
  Collecting: "the interval still contains the limit",
  DeadlinePassed: "the interval contained the limit at the deadline",
  MeasurementFailed: "the metric could not be measured",
};

function summary({ n, estimate, lower, upper }: Interval, limit: number, alpha: number): string {
  const value = estimate === null ? "no estimate" : `estimate ${rounded(estimate)}`;
  const confidence = rounded(100 * (1 - 2 * alpha), 1);
  return `${value}, ${confidence}% interval [${rounded(lower)}, ${rounded(upper)}], n ${n}, limit ${rounded(limit)}`;
}

function rounded(value: number, digits = 4): string {
  return String(Number(value.toFixed(digits)));
}
