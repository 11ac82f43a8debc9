import { setTimeout as delay } from "node:timers/promises";
import type { Probe } from "../../api/wire.ts";
import { type ProbeOutcome, type ProbeTarget, runCheck } from "./probe.ts";
import { initialProbeState, observeProbe, type ProbeKind, type ProbeResult } from "./probe-state.ts";

/** What a running container's probes lead to. */
export interface ProbeListener {
  onStarted(): void;
  onReady(ready: boolean): void;
  /** The startup or liveness probe has failed for good: the container is to be ended. */
  onUnhealthy(kind: ProbeKind, graceSeconds: number | undefined): void;
  /** One failed check, for an Event. */
  onFailure(kind: ProbeKind, message: string): void;
}

/** Probes a running container until the signal. The startup probe, if any, holds the others back. */
export async function probeContainer(target: ProbeTarget, listener: ProbeListener, signal: AbortSignal): Promise<void> {
  const { startupProbe, livenessProbe, readinessProbe } = target.container;
  if (startupProbe) {
    const result = await probeUntil("startup", startupProbe, target, listener, signal, (each) => each !== "unknown");
    if (result !== "success") {
      listener.onUnhealthy("startup", startupProbe.terminationGracePeriodSeconds);
      return;
    }
  }
  listener.onStarted();
  if (!readinessProbe) listener.onReady(true);
  await Promise.all([
    readinessProbe && probeReadiness(readinessProbe, target, listener, signal),
    livenessProbe && probeLiveness(livenessProbe, target, listener, signal),
  ]);
}

async function probeLiveness(probe: Probe, target: ProbeTarget, listener: ProbeListener, signal: AbortSignal) {
  await probeUntil("liveness", probe, target, listener, signal, (result) => result === "failure");
  listener.onUnhealthy("liveness", probe.terminationGracePeriodSeconds);
}

async function probeReadiness(probe: Probe, target: ProbeTarget, listener: ProbeListener, signal: AbortSignal) {
  let ready = false;
  await probeUntil("readiness", probe, target, listener, signal, (result) => {
    if ((result === "success") !== ready) listener.onReady((ready = !ready));
    return false;
  });
}

/** Probes once a period until the verdict is final. Rejects with the signal's reason if that comes first. */
async function probeUntil(
  kind: ProbeKind,
  probe: Probe,
  target: ProbeTarget,
  listener: ProbeListener,
  signal: AbortSignal,
  isFinal: (result: ProbeResult) => boolean,
): Promise<ProbeResult> {
  const period = (probe.periodSeconds ?? 10) * 1000;
  await delay((probe.initialDelaySeconds ?? 0) * 1000, undefined, { signal });
  for (let state = initialProbeState(kind); ;) {
    const started = performance.now();
    const outcome = await runCheck(probe, target, (probe.timeoutSeconds ?? 1) * 1000);
    signal.throwIfAborted();
    tellFailure(kind, outcome, listener);
    state = observeProbe(state, outcome.result, probe);
    if (isFinal(state.result)) return state.result;
    // The kubelet's startup probe also looks again only once a period.
    await delay(Math.max(0, period - (performance.now() - started)), undefined, { signal });
  }
}

function tellFailure(kind: ProbeKind, outcome: ProbeOutcome, listener: ProbeListener): void {
  if (outcome.result === "failure") listener.onFailure(kind, outcome.message);
}
