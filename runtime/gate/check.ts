import type { OfflineCheck } from "../../crds/gates.ts";
import type { Measurement } from "../../crds/shared.ts";
import { clopperPearson, observeScore, scoreSequence } from "../../evidence/floor.ts";
import type { Interval } from "../../evidence/sequence.ts";
import { NOTHING, observe } from "../../evidence/tally.ts";
import { decide } from "../../evidence/verdict.ts";
import { decimalOf, parseCeiling } from "./bound.ts";
import type { Reading } from "./metrics/latency.ts";
import type { Rate, RateMetric, Unit, Unmeasurable } from "./metrics/score.ts";
import { metricRules } from "./metrics/table.ts";
import type { Evaluation } from "./result.ts";

/** What is judged, and what it is compared with. */
export interface Candidate {
  readonly candidate: Evaluation;
  /** What the champion's engines made of the same pictures; absent for a first revision. */
  readonly champion?: Evaluation;
}

/** Error rate of the interval that is shown beside a floor, which decides nothing. */
const shownAlpha = 0.025;

/** The measurements of one check. @param alpha error rate that its margin may use */
export function judgeCheck(check: OfflineCheck, alpha: number, candidate: Candidate): Measurement[] {
  const rule = metricRules[check.metric];
  switch (rule.type) {
    case "Rate":
      return judgeRate(check, rule.measure, alpha, candidate);
    case "Worst":
      return [judgeFloor(check.metric, Number(check.atLeast ?? 0), rule.measure(candidate.candidate))];
    case "Cost":
      return [judgeCeiling(check, rule.unit, rule.measure(candidate.candidate))];
  }
}

function judgeRate(
  check: OfflineCheck,
  measure: RateMetric,
  alpha: number,
  { candidate, champion }: Candidate,
): Measurement[] {
  const options = { falseAcceptRate: Number(check.falseAcceptRate ?? "0.01") };
  const rate = measure(candidate, options);
  if ("problem" in rate || rate.units.length === 0) return [unmeasurable(check.metric, rate)];
  const measurements: Measurement[] = [];
  if (check.atLeast !== undefined) {
    const floor = Number(check.atLeast);
    measurements.push(judgeFloor(check.metric, floor, readingOf(rate), intervalOf(rate.units)));
    if (check.worstSubgroup) {
      const worst = worstSubgroup(candidate, rate, (evaluation) => measure(evaluation, options));
      if (worst) measurements.push({ ...judgeFloor(check.metric, floor, worst), subgroup: worst.subgroup });
    }
  }
  if (check.margin !== undefined) {
    const other = champion && measure(champion, options);
    measurements.push(judgeMargin(check.metric, Number(check.margin), alpha, rate, other));
  }
  return measurements;
}

function judgeFloor(metric: string, floor: number, { value, n }: Reading, interval?: Interval): Measurement {
  if (n === 0 || !Number.isFinite(value)) return unmeasurable(metric, { problem: "nothing was measured" });
  const verdict = value >= floor ? "Success" : "Failure";
  return measurementOf(
    metric,
    { value, lower: interval?.lower, upper: interval?.upper, bound: floor, n, verdict },
    "at least",
  );
}

function judgeCeiling({ metric, atMost }: OfflineCheck, unit: string, { value, n }: Reading): Measurement {
  if (n === 0 || !Number.isFinite(value)) return unmeasurable(metric, { problem: "nothing was measured" });
  const bound = parseCeiling(atMost ?? "");
  return measurementOf(metric, { value, bound, n, verdict: value <= bound ? "Success" : "Failure" }, "at most", unit);
}

function judgeMargin(
  metric: string,
  margin: number,
  alpha: number,
  rate: Rate,
  champion: Rate | Unmeasurable | undefined,
): Measurement {
  // What can be measured on the candidate alone is something that the champion does not do at all.
  if (champion === undefined || "problem" in champion) {
    const message = `there is no champion to compare with${champion ? `: ${champion.problem}` : ""}`;
    return { metric, n: 0, verdict: "Success", message };
  }
  const differences = rate.units.map(({ score }, k) => score - champion.units[k]!.score);
  const tally = differences.reduce(observe, NOTHING);
  const { verdict, message, estimate, lower, upper, n } = decide(tally, {
    margin,
    alpha,
    minSamples: 1,
    deadlinePassed: true,
  });
  const remedy = verdict === "Inconclusive" ? "; more pictures or a wider margin would decide" : "";
  const measurement = measurementOf(metric, { value: estimate ?? undefined, lower, upper, bound: -margin, n, verdict });
  return verdict === "Success" ? measurement : { ...measurement, message: `against the champion: ${message}${remedy}` };
}

interface Numbers {
  value?: number | undefined;
  lower?: number | undefined;
  upper?: number | undefined;
  bound?: number | undefined;
  n: number;
  verdict: Measurement["verdict"];
}

function measurementOf(
  metric: string,
  { value, lower, upper, bound, n, verdict }: Numbers,
  wanted?: string,
  unit?: string,
): Measurement {
  const numbers = Object.entries({ value, lower, upper, bound }).flatMap(([name, number]) => {
    const text = decimalOf(number ?? null);
    return text === undefined ? [] : [[name, text]];
  });
  const failed = verdict === "Failure" && wanted !== undefined;
  return {
    metric,
    ...(Object.fromEntries(numbers) as Pick<Measurement, "value" | "lower" | "upper" | "bound">),
    n,
    verdict,
    ...(failed && {
      message: [`${rounded(value)} on ${n}, wanted`, wanted, rounded(bound), unit].filter(Boolean).join(" "),
    }),
  };
}

function rounded(value: number | undefined): string {
  return String(Number((value ?? NaN).toPrecision(4)));
}

function unmeasurable(metric: string, rate: Rate | Unmeasurable): Measurement {
  const message = "problem" in rate ? rate.problem : "the dataset gives nothing to measure it on";
  return { metric, n: 0, verdict: "Error", message };
}

/** A rate as one number and the units behind it. */
export function readingOf({ units, value }: Rate): Reading {
  const mean = units.reduce((sum, { score }) => sum + score, 0) / units.length;
  return { value: value ?? mean, n: units.length };
}

/** Exact where units are right or wrong, otherwise by the sequence that takes scores in between. */
export function intervalOf(units: readonly Unit[]): Interval {
  const binary = units.every(({ score }) => score === 0 || score === 1);
  if (!binary)
    return scoreSequence(
      units.reduce((tally, { score }) => observeScore(tally, score), NOTHING),
      shownAlpha,
    );
  const successes = units.filter(({ score }) => score === 1).length;
  return clopperPearson({ successes, trials: units.length }, shownAlpha);
}

/** The subgroup with the lowest rate: over its own units, or measured on its own pictures where units span subgroups. */
function worstSubgroup(
  evaluation: Evaluation,
  rate: Rate,
  measure: (evaluation: Evaluation) => Rate | Unmeasurable,
): (Reading & { subgroup: string }) | undefined {
  const names = new Set(evaluation.results.flatMap(({ subgroup }) => subgroup ?? []));
  const readings = [...names].flatMap((subgroup) => {
    const own = rate.units.filter((unit) => unit.subgroup === subgroup);
    if (own.length > 0) return [{ ...readingOf({ units: own }), subgroup }];
    const results = evaluation.results.filter((result) => result.subgroup === subgroup);
    const apart = measure({ ...evaluation, results });
    return "problem" in apart || apart.units.length === 0 ? [] : [{ ...readingOf(apart), subgroup }];
  });
  return readings.toSorted((a, b) => a.value - b.value)[0];
}
