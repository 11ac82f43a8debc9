import type { Probe } from "../../api/wire.ts";

export type ProbeKind = "startup" | "liveness" | "readiness";
export type ProbeResult = "unknown" | "success" | "failure";

/** What a probe has found so far: its verdict, and how many equal outcomes in a row ended with the last one. */
export interface ProbeState {
  result: ProbeResult;
  last: "success" | "failure" | undefined;
  run: number;
}

const initialResults: Record<ProbeKind, ProbeResult> = {
  startup: "unknown",
  liveness: "success",
  readiness: "failure",
};

/** A container counts as alive, but not as ready or started, until its probes say otherwise. */
export function initialProbeState(kind: ProbeKind): ProbeState {
  return { result: initialResults[kind], last: undefined, run: 0 };
}

/** One more outcome: the verdict changes when a threshold's worth of equal outcomes came in a row. */
export function observeProbe(
  state: ProbeState,
  outcome: "success" | "failure",
  probe: Pick<Probe, "successThreshold" | "failureThreshold">,
): ProbeState {
  const run = state.last === outcome ? state.run + 1 : 1;
  const threshold = outcome === "success" ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  return { last: outcome, run, result: run >= threshold ? outcome : state.result };
}
