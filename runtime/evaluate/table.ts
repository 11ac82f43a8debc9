import type { OfflineCheck } from "../../crds/gates.ts";
import { decide } from "../../evidence/verdict.ts";
import { NOTHING, observe } from "../../evidence/tally.ts";
import { intervalOf, readingOf, type Candidate } from "../gate/check.ts";
import { metricRules, type MetricRule } from "../gate/metrics/table.ts";
import type { Evaluation } from "../gate/result.ts";

/** One metric as people read it. Rates from 0 to 1, latencies in milliseconds, memory in bytes. */
export interface Row {
  readonly metric: string;
  readonly value?: number;
  /** 95% interval of a rate. */
  readonly interval?: readonly [number, number];
  readonly n: number;
  /** The champion's value, the candidate's minus the champion's, and the 95% bounds of that difference. */
  readonly champion?: {
    readonly value: number;
    readonly difference: number;
    readonly bounds: readonly [number, number];
  };
  /** Why it could not be measured. */
  readonly problem?: string;
}

/** Every offline metric of engines, beside a champion's when there is one. */
export function describeEvaluation(
  candidate: Evaluation,
  champion: Evaluation | undefined,
  options: { falseAcceptRate: number },
): Row[] {
  const compared: Candidate = { candidate, ...(champion && { champion }) };
  return (Object.entries(metricRules) as [OfflineCheck["metric"], MetricRule][])
    .filter(([metric]) => metric !== "OutputParity")
    .map(([metric, rule]) => rowOf(metric, rule, compared, options));
}

function rowOf(
  metric: string,
  rule: MetricRule,
  { candidate, champion }: Candidate,
  options: { falseAcceptRate: number },
): Row {
  if (rule.type !== "Rate") return { metric, ...rule.measure(candidate) };
  const rate = rule.measure(candidate, options);
  if ("problem" in rate) return { metric, n: 0, problem: rate.problem };
  const { lower, upper } = intervalOf(rate.units);
  const row: Row = { metric, ...readingOf(rate), interval: [lower, upper] };
  const other = champion && rule.measure(champion, options);
  if (other === undefined || "problem" in other) return row;
  const tally = rate.units.map(({ score }, k) => score - other.units[k]!.score).reduce(observe, NOTHING);
  const paired = decide(tally, { margin: 0, alpha: 0.025, minSamples: 1, deadlinePassed: true });
  return {
    ...row,
    champion: { value: readingOf(other).value, difference: paired.estimate ?? 0, bounds: [paired.lower, paired.upper] },
  };
}

/** Rows as aligned text. */
export function printTable(rows: readonly Row[]): string {
  const compared = rows.some(({ champion }) => champion !== undefined);
  const head = ["METRIC", "VALUE", "95% INTERVAL", "N", ...(compared ? ["CHAMPION", "DIFFERENCE"] : [])];
  const cells = rows.map(({ metric, value, interval, n, champion, problem }) => [
    metric,
    value === undefined ? (problem ?? "") : short(value),
    interval === undefined ? "" : `${short(interval[0])} to ${short(interval[1])}`,
    String(n),
    ...(champion === undefined
      ? []
      : [short(champion.value), `${short(champion.difference)} (${champion.bounds.map(short).join(" to ")})`]),
  ]);
  const widths = head.map((_, column) =>
    Math.max(
      ...[head, ...cells].filter((line) => line.length > 2 || column < 2).map((line) => line[column]?.length ?? 0),
    ),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, k) => text.padEnd(widths[k]!))
      .join("  ")
      .trimEnd();
  return `${[head, ...cells].map(line).join("\n")}\n`;
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(4);
}
