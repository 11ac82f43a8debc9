import type { OnlineGate } from "../../../crds/gates.ts";
import { measurementOf } from "../../../crds/measurement.ts";
import type { NodeRuntimeStatus } from "../../../crds/noderuntime.ts";
import type { Measurement } from "../../../crds/shared.ts";
import { decideFamily, type Measurement as Seen } from "../../../evidence/family.ts";
import { familyOf, relations } from "../../../evidence/gate.ts";
import { type MetricEvidence, pool, type Relation } from "../../../evidence/metric.ts";
import { EvidenceRefused } from "../../../evidence/refusal.ts";
import { decodeTally } from "../../../evidence/tally.ts";

/** What the runtime of one node reports of the comparison that was ordered. */
export type TrialReport = NonNullable<NodeRuntimeStatus["trial"]>;

type Gate = Omit<OnlineGate, "probes">;

/** A report with the name of its node. */
export interface NodeReport {
  readonly node: string;
  readonly trial: TrialReport;
}

/** What a wave's nodes show together. */
export interface PooledEvidence {
  readonly verdict: Measurement["verdict"];
  readonly message: string;
  readonly measurements: readonly Measurement[];
}

/**
 * The verdict of a wave: the evidence of its nodes pooled and held to the gate, by the same rule that each node holds
 * its own to. Time plays no part: the deadline is each node's own.
 *
 * Of a metric whose units all nodes share (probes) every report is averaged, also of nodes that have seen few yet or
 * none: to take the furthest only would let chance choose whom to ask, look after look, and promote too often. A ceiling
 * counts once one node has measured it. Nodes that have failed by themselves are left out, since spec.rollout says how
 * many of them are tolerated: the others are asked about themselves.
 */
export function poolWave(gate: Gate, reports: readonly NodeReport[]): PooledEvidence {
  const sound = reports.filter((report) => !hasFailed(gate, report));
  if (sound.length > 0 || reports.length === 0) return judge(gate, sound);
  const message = "every node that reports has failed by itself";
  return { verdict: "Inconclusive", message, measurements: judge(gate, reports).measurements };
}

function judge(gate: Gate, reports: readonly NodeReport[]): PooledEvidence {
  const family = familyOf(gate);
  const seen = new Map(family.metrics.map(({ metric }) => [metric, poolMetric(metric, reports)]));
  const ceilings = gate.checks.filter(({ atMost }) => atMost !== undefined);
  const measured = ceilings.flatMap(({ metric }) => worst(metric, reports) ?? []);
  const required = ceilings.filter((check) => check.required);
  const decision = decideFamily(family, seen, { deadlinePassed: false, hardFailures: [] });
  const open = required.find(({ metric }) => !measured.some((m) => m.metric === metric && m.verdict === "Success"));
  const measurements = [...decision.findings.map(measurementOf), ...measured];
  return decision.verdict === "Success" && open !== undefined
    ? { verdict: "Inconclusive", message: `${open.metric}: no node has measured it yet`, measurements }
    : { verdict: decision.verdict, message: decision.message, measurements };
}

/** By its own verdict, or by a ceiling that it breaks. */
function hasFailed({ checks }: Gate, { trial }: NodeReport): boolean {
  const breaks = ({ metric, measurement }: TrialReport["evidence"][number]) =>
    measurement.verdict === "Failure" &&
    checks.some((check) => check.metric === metric && check.required && check.atMost !== undefined);
  return trial.verdict === "Failure" || trial.evidence.some(breaks);
}

function poolMetric(metric: string, reports: readonly NodeReport[]): Seen {
  const seen: MetricEvidence[] = [];
  for (const { node, trial } of reports) {
    const entry = trial.evidence.find((evidence) => evidence.metric === metric && evidence.subgroup === undefined);
    const tally = readTally(entry?.state ?? "");
    if (tally === undefined) return { error: `node ${node} reports evidence that cannot be read` };
    seen.push({ overall: tally, subgroups: new Map() });
  }
  const relation: Relation = relations[metric] ?? "SameUnits";
  return pool(seen, relation);
}

/** A tally comes from a device: what is no tally is an error of the metric, not of the operator. */
function readTally(state: string) {
  try {
    return decodeTally(state);
  } catch (error) {
    if (error instanceof EvidenceRefused) return undefined;
    throw error;
  }
}

/** The measurement of a ceiling that says most against the candidate; without one that speaks, any. */
function worst(metric: string, reports: readonly NodeReport[]): Measurement | undefined {
  const all = reports.flatMap(({ trial }) => trial.evidence.filter((entry) => entry.metric === metric));
  const measurements = all.map(({ measurement }) => measurement);
  const severity = ["Failure", "Success", "Error", "Inconclusive"];
  return measurements.toSorted((a, b) => severity.indexOf(a.verdict) - severity.indexOf(b.verdict))[0];
}

/** How many times more units there must be before a status is written for them alone. */
const GROWTH = 1.25;

/**
 * The evidence to record: the new one when a verdict changed or there is much more of it, otherwise what is recorded,
 * so that a trial of n units costs some log n writes.
 */
export function material(
  recorded: readonly Measurement[] | undefined,
  current: readonly Measurement[],
): readonly Measurement[] {
  if (recorded?.length !== current.length) return current;
  const isMaterial = current.some((measurement, index) => {
    const before = recorded[index]!;
    return (
      before.metric !== measurement.metric ||
      before.verdict !== measurement.verdict ||
      measurement.n > before.n * GROWTH
    );
  });
  return isMaterial ? current : recorded;
}

/** Whether recorded evidence has shown all that a gate requires: a Success holds, however the evidence goes on. */
export function hasShown(gate: Gate, recorded: readonly Measurement[] | undefined): boolean {
  const required = gate.checks.filter((check) => check.required);
  return required.every(({ metric }) => {
    const measured = recorded?.filter((measurement) => measurement.metric === metric) ?? [];
    return measured.some(({ verdict }) => verdict === "Success");
  });
}
