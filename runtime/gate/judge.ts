import type { OfflineCheck } from "../../crds/gates.ts";
import type { Measurement } from "../../crds/shared.ts";
import { judgeCheck, type Candidate } from "./check.ts";

/** What the offline gate says. */
export interface GateDecision {
  /** Success: every check holds. Failure: one does not, or was not shown. Error: one could not be measured. */
  readonly verdict: "Success" | "Failure" | "Error";
  /** Measurements, those that decided first. */
  readonly measurements: readonly Measurement[];
  /** One sentence that names what decided. */
  readonly message: string;
}

/** The checks of a gate. */
export interface GateSpec {
  readonly checks: readonly OfflineCheck[];
  /** Chance of passing a candidate that is worse than the margin, shared over the checks with a margin. */
  readonly alpha: number;
}

/**
 * Holds engines to every check of the gate. Floors and ceilings are held against the value itself; a margin needs
 * evidence that the candidate is not worse than the champion on the same pictures, and what is not shown does not pass.
 * Without a champion there is nothing that a margin could be about, and it holds.
 */
export function judgeGate({ checks, alpha }: GateSpec, candidate: Candidate): GateDecision {
  const margins = checks.filter(({ margin }) => margin !== undefined).length;
  const share = Math.min(alpha, 0.499) / Math.max(1, margins);
  const measurements = checks.flatMap((check) => judgeCheck(check, share, candidate)).toSorted(bySeverity);
  const verdict = verdictOf(measurements);
  const decisive = measurements.filter((measurement) => measurement.verdict !== "Success");
  const message = decisive.length === 0 ? "all checks hold" : decisive.map(describe).join("; ");
  return { verdict, measurements, message };
}

const severity: Readonly<Record<Measurement["verdict"], number>> = {
  Failure: 0,
  Error: 1,
  Inconclusive: 2,
  Success: 3,
};

function bySeverity(a: Measurement, b: Measurement): number {
  return severity[a.verdict] - severity[b.verdict];
}

function verdictOf(measurements: readonly Measurement[]): GateDecision["verdict"] {
  const [worst] = measurements;
  if (worst === undefined || worst.verdict === "Success") return "Success";
  return worst.verdict === "Error" ? "Error" : "Failure";
}

function describe({ metric, subgroup, message }: Measurement): string {
  return `${metric}${subgroup === undefined ? "" : ` of ${subgroup}`}: ${message ?? "not reached"}`;
}
