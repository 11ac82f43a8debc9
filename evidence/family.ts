import { UNSEEN, type MetricEvidence } from "./metric.ts";
import { EvidenceRefused, requireAlpha, requireCount, requireBetween } from "./refusal.ts";
import { decide, measurementFailed, type Decision, type Verdict } from "./verdict.ts";

/** What a metric's verdict does to the verdict of the whole. */
export type Role =
  /** Must succeed. */
  | "Required"
  /** Need not succeed, but may not fail. */
  | "Veto"
  /** Shown, and decides nothing. */
  | "Reported";

/** How one metric is tested. */
export type MetricPlan = {
  readonly metric: string;
  readonly role: Role;
  /** The loss that is tolerated, in [0, 1). */
  readonly margin: number;
  /** Units below which the metric cannot succeed. */
  readonly minSamples: number;
  /** Part of the error budget, relative to the other deciding metrics; 1 when absent. */
  readonly weight?: number;
  readonly subgroups?: SubgroupPlan;
};

/** How every subgroup of a metric is tested, so that a good mean cannot hide a bad corner. */
export type SubgroupPlan = {
  /** "Veto": no subgroup may be shown worse. "Required": each must be shown good, which takes far more evidence. */
  readonly role: "Required" | "Veto";
  /** The loss that is tolerated in a subgroup, in [0, 1); usually wider than the metric's. */
  readonly margin: number;
  /** Units below which a subgroup is only reported: it neither passes nor fails. */
  readonly minSamples: number;
  /** Part of the metric's error budget that goes to its subgroups, in (0, 1); the whole keeps the rest. */
  readonly share: number;
  /** Most subgroups there can be; the share is split over so many, however few are seen. */
  readonly limit: number;
};

/** How a candidate is tested. */
export type FamilyPlan = {
  /** Error rate of the whole family, in (0, 0.5). */
  readonly alpha: number;
  readonly metrics: readonly MetricPlan[];
};

/** A check that needs no statistics and ends the matter: a crash, a latency or memory limit. */
export type HardFailure = { readonly check: string; readonly message: string };

/** A metric's evidence, or why there is none. */
export type Measurement = MetricEvidence | { readonly error: string };

/** One line of the verdict. */
export type Finding = {
  readonly metric: string;
  readonly subgroup?: string;
  readonly role: Role;
  readonly decision: Decision;
};

/** The verdict on a candidate. */
export type FamilyDecision = {
  readonly verdict: Verdict;
  readonly reason: "AllPassed" | "HardFailure" | "MetricFailed" | "MeasurementFailed" | "Undecided";
  /** One sentence that names what decided. */
  readonly message: string;
  /** No further observation is wanted. */
  readonly settled: boolean;
  readonly findings: readonly Finding[];
};

/** What besides the evidence bears on the verdict. */
export type Circumstances = {
  readonly deadlinePassed: boolean;
  readonly hardFailures: readonly HardFailure[];
};

/**
 * Tests every metric of the plan and its subgroups at its share of the error budget, and draws the verdict. A planned
 * metric without evidence is one of which nothing was seen.
 *
 * @throws EvidenceRefused for a plan that cannot be carried out, by the field's name.
 */
export function decideFamily(
  plan: FamilyPlan,
  evidence: ReadonlyMap<string, Measurement>,
  { deadlinePassed, hardFailures }: Circumstances,
): FamilyDecision {
  const shares = allot(plan.alpha, plan.metrics);
  const findings = plan.metrics.flatMap((metric) =>
    examine(metric, shares.get(metric.metric)!, evidence.get(metric.metric) ?? UNSEEN, deadlinePassed),
  );
  return combine(findings, hardFailures);
}

/**
 * Splits the error budget over the metrics that decide, by weight (Bonferroni): the chance that any interval among them
 * misses its truth stays within alpha, so that each may be read by itself and a good candidate is not sent back because
 * one of many metrics had bad luck. Reported metrics decide nothing and are shown at the full alpha.
 *
 * @returns error rate by metric; the rates of those that decide sum to alpha.
 * @throws EvidenceRefused when a metric is named twice, none is required or a weight is not positive.
 */
export function allot(
  alpha: number,
  metrics: readonly Pick<MetricPlan, "metric" | "role" | "weight">[],
): ReadonlyMap<string, number> {
  requireAlpha("alpha", alpha);
  const deciding = metrics.filter(({ role }) => role !== "Reported");
  if (!deciding.some(({ role }) => role === "Required")) {
    throw new EvidenceRefused(
      "metrics",
      deciding.map(({ metric }) => metric).join(", "),
      "at least one required metric",
    );
  }
  const total = deciding.reduce((sum, { metric, weight = 1 }) => sum + requireWeight(metric, weight), 0);
  const shares = new Map<string, number>();
  for (const { metric, role, weight = 1 } of metrics) {
    if (shares.has(metric)) throw new EvidenceRefused("metrics", metric, "every metric once");
    shares.set(metric, role === "Reported" ? alpha : (alpha * weight) / total);
  }
  return shares;
}

/**
 * Draws one verdict from many, the worst first: a hard failure or a failed metric is Failure, a metric that could not be
 * measured is Error, a required metric without success is Inconclusive, and only then is it Success.
 */
export function combine(findings: readonly Finding[], hardFailures: readonly HardFailure[]): FamilyDecision {
  const deciding = findings.filter(({ role }) => role !== "Reported");
  const failed = deciding.filter(({ decision }) => decision.verdict === "Failure");
  const broken = deciding.filter(({ decision }) => decision.verdict === "Error");
  const open = deciding.filter(({ role, decision }) => role === "Required" && decision.verdict !== "Success");
  const settled = deciding.every(({ decision }) => decision.settled);
  if (hardFailures.length > 0) {
    const message = hardFailures.map((failure) => `${failure.check}: ${failure.message}`).join("; ");
    return { verdict: "Failure", reason: "HardFailure", message, settled: true, findings };
  }
  if (failed.length > 0) {
    return { verdict: "Failure", reason: "MetricFailed", message: told(failed), settled: true, findings };
  }
  if (broken.length > 0) {
    return { verdict: "Error", reason: "MeasurementFailed", message: told(broken), settled, findings };
  }
  if (open.length > 0 || deciding.length === 0) {
    const message = open.length > 0 ? told(open) : "nothing was required";
    return { verdict: "Inconclusive", reason: "Undecided", message, settled, findings };
  }
  return { verdict: "Success", reason: "AllPassed", message: told(deciding), settled: true, findings };
}

function examine(plan: MetricPlan, alpha: number, seen: Measurement, deadlinePassed: boolean): Finding[] {
  const { metric, role, margin, minSamples, subgroups } = plan;
  const share = subgroups === undefined ? 0 : requireBetween(`${metric}.subgroups.share`, subgroups.share, 0, 1);
  const test = { margin, minSamples, alpha: alpha * (1 - share), deadlinePassed };
  if ("error" in seen) return [{ metric, role, decision: measurementFailed(seen.error, -margin, test.alpha, test) }];
  const overall = { metric, role, decision: decide(seen.overall, test) };
  return subgroups === undefined
    ? [overall]
    : [overall, ...examineSubgroups(plan, subgroups, alpha * share, seen, deadlinePassed)];
}

function examineSubgroups(
  { metric, role }: MetricPlan,
  { role: demand, margin, minSamples, limit }: SubgroupPlan,
  budget: number,
  { subgroups }: MetricEvidence,
  deadlinePassed: boolean,
): Finding[] {
  const alpha = budget / requireCount(`${metric}.subgroups.limit`, limit, 1);
  const test = { margin, minSamples, alpha, deadlinePassed };
  if (subgroups.size > limit) {
    const cause = `${subgroups.size} subgroups were reported, and the error budget is split over at most ${limit}`;
    return [{ metric, subgroup: "*", role, decision: measurementFailed(cause, -margin, alpha, test) }];
  }
  return [...subgroups].map(([subgroup, tally]) => {
    const decision = decide(tally, test);
    const counts = role !== "Reported" && decision.n >= minSamples;
    return { metric, subgroup, role: counts ? demand : "Reported", decision };
  });
}

function requireWeight(metric: string, weight: number): number {
  return requireBetween(`${metric}.weight`, weight, 0, Infinity);
}

/** "identityAccuracy/dark: the interval lies below the limit: ..." */
function told(findings: readonly Finding[]): string {
  return findings
    .map(({ metric, subgroup, decision }) => {
      const name = subgroup === undefined ? metric : `${metric}/${subgroup}`;
      return `${name}: ${decision.message}`;
    })
    .join("; ");
}
