import type { BuildReport } from "../../../crds/buildreport.ts";
import type { NodeRuntime, NodeRuntimeSpec, NodeRuntimeStatus } from "../../../crds/noderuntime.ts";
import type { EngineBuild } from "../../../crds/enginebuild.ts";
import { timestamp } from "../duration.ts";
import { poolWave } from "../gate/pool.ts";
import type { JobFact } from "../snapshot.ts";

/** How a revision does on a node. */
export interface Quality {
  /** What its build comes to; "Silent" ends without a report, "Lost" is ended from outside, "Flaky" only twice so. */
  build?: "Success" | "Failure" | "Error" | "Retryable" | "Silent" | "Lost" | "Flaky";
  load?: "Ready" | "Failed";
  /** What its shadow shows; "Quiet" shows nothing. */
  shadow?: "Good" | "Bad" | "Quiet";
  soak?: "Good" | "Bad";
  /** Whether the node loses its power once the revision drives its events. */
  power?: "Kept" | "Lost";
}

/** Time that steps take, in milliseconds. */
export const PACE = { build: 60_000, load: 5_000, evidence: 60_000, quiet: 100_000 } as const;

/** Runs a build's Job. */
export function runJob(job: JobFact, build: EngineBuild, quality: Quality, now: number): JobFact {
  if (job.state !== "Active") return job;
  if (job.startedAt === undefined) return { ...job, startedAt: timestamp(now), pod: { started: true } };
  if (Date.parse(job.startedAt) + PACE.build > now) return job;
  const ended = { ...job, finishedAt: timestamp(now) };
  const { revision, nodeName } = build.spec;
  const reports: Record<Outcome, BuildReport | undefined> = {
    Success: { verdict: "Success", engineKey: `key-${revision}-${nodeName}` },
    Failure: { verdict: "Failure", engineKey: `key-${revision}-${nodeName}`, message: "TrueAcceptRate 0.71 < 0.9" },
    Error: { verdict: "Error", message: "digest does not match" },
    Retryable: { verdict: "Error", message: "the source does not answer", retryable: true },
    Silent: undefined,
    Lost: undefined,
  };
  const outcome = outcomeFor(quality, job.tries);
  const report = reports[outcome];
  return {
    ...ended,
    state: outcome === "Success" ? "Complete" : "Failed",
    ...(outcome === "Lost" && { pod: { started: true, disrupted: true, reason: "Evicted" } }),
    ...(report && { report }),
  };
}

type Outcome = Exclude<NonNullable<Quality["build"]>, "Flaky">;

function outcomeFor({ build = "Success" }: Quality, tries: number): Outcome {
  if (build !== "Flaky") return build;
  return tries < 2 ? "Lost" : "Success";
}

type Slots = NonNullable<NodeRuntimeStatus["slots"]>;
type Slot = NonNullable<Slots["active"]>;

/** Lets the runtime of a node do what its spec says: load, swap when ready, collect evidence, swap back. */
export function runRuntime(
  runtime: NodeRuntime,
  qualityOf: (revision: string) => Quality,
  now: number,
): NodeRuntimeStatus {
  const { spec, status = {} } = runtime;
  const slots = moveSlots(spec, status, qualityOf, now);
  const trial = runTrial(spec, { ...status, slots }, qualityOf, now);
  const { swappedBack: before } = status;
  const swappedBack = before !== undefined && before.trial === spec.trial?.id ? before : regressedIn(spec, trial, now);
  const back = swappedBack && slots.active && slots.standby ? { active: slots.standby, standby: slots.active } : slots;
  return {
    observedGeneration: runtime.metadata.generation,
    slots: before === swappedBack ? slots : back,
    ...(trial && { trial }),
    ...(swappedBack && { swappedBack }),
  };
}

function moveSlots(
  spec: NodeRuntimeSpec,
  { slots = {}, swappedBack }: NodeRuntimeStatus,
  qualityOf: (revision: string) => Quality,
  now: number,
): Slots {
  const held = [slots.active, slots.standby].filter((slot) => slot !== undefined);
  const load = (wanted: NodeRuntimeSpec["slots"]["active"]): Slot | undefined => {
    if (wanted === undefined) return undefined;
    const known = held.find((slot) => slot.revision === wanted.revision && slot.engineKey === wanted.engineKey);
    const slot = known ?? { ...wanted, state: "Loading", since: timestamp(now) };
    if (slot.state !== "Loading" || Date.parse(slot.since) + PACE.load > now) return slot;
    const state = qualityOf(wanted.revision).load ?? "Ready";
    return { ...slot, state, since: timestamp(now), ...(state === "Failed" && { message: "golden outputs differ" }) };
  };
  const [active, standby] = [load(spec.slots.active), load(spec.slots.standby)];
  if (swappedBack !== undefined && swappedBack.trial === spec.trial?.id) return present(standby, active);
  const isSame = slots.active?.revision === active?.revision && slots.active?.engineKey === active?.engineKey;
  const isReady = active === undefined || active.state === "Ready" || slots.active === undefined || isSame;
  return isReady ? present(active, standby) : present(slots.active, active);
}

function present(active: Slot | undefined, standby: Slot | undefined): Slots {
  return { ...(active && { active }), ...(standby && { standby }) };
}

function runTrial(
  spec: NodeRuntimeSpec,
  { slots, trial: before }: NodeRuntimeStatus,
  qualityOf: (revision: string) => Quality,
  now: number,
): NodeRuntimeStatus["trial"] {
  const { trial } = spec;
  const isPaired = slots?.active?.state === "Ready" && slots.standby?.state === "Ready";
  const known = before?.id === trial?.id ? before : undefined;
  if (trial === undefined || (known === undefined && !isPaired)) return undefined;
  const startedAt = known?.startedAt ?? timestamp(now);
  const candidate = trial.phase === "Shadow" ? spec.slots.standby : spec.slots.active;
  const quality = qualityOf(candidate!.revision);
  const isEarly = now - Date.parse(startedAt) < PACE.evidence;
  const state = isEarly
    ? ""
    : trial.phase === "Shadow"
      ? SHADOWS[quality.shadow ?? "Good"]
      : SOAKS[quality.soak ?? "Good"];
  const evidence = trial.gate.checks.map(({ metric, atMost }) => ({
    metric,
    state: atMost === undefined ? state : "",
    measurement: {
      metric,
      n: isEarly ? 0 : 40,
      verdict: isEarly ? ("Inconclusive" as const) : ("Success" as const),
    },
  }));
  const report = { id: trial.id, startedAt, verdict: "Inconclusive" as const, evidence };
  const { verdict, message, measurements } = asksMore(trial.gate)
    ? poolWave(trial.gate, [{ node: spec.nodeName, trial: report }])
    : { verdict: isEarly ? ("Inconclusive" as const) : ("Success" as const), message: "ceilings", measurements: [] };
  const measured = evidence.map((entry) => ({
    ...entry,
    measurement: measurements.find(({ metric }) => metric === entry.metric) ?? entry.measurement,
  }));
  return { ...report, verdict, message, evidence: measured };
}

/** Whether a gate requires more than ceilings. */
function asksMore({ checks }: NonNullable<NodeRuntimeSpec["trial"]>["gate"]): boolean {
  return checks.some(({ required, margin }) => required && margin !== undefined);
}

const SHADOWS = { Good: "0:400", Bad: "-1:400", Quiet: "" } as const;
const SOAKS = { Good: "0:400", Bad: "-1:400" } as const;

function regressedIn(
  { slots, trial }: NodeRuntimeSpec,
  report: NodeRuntimeStatus["trial"],
  now: number,
): NodeRuntimeStatus["swappedBack"] {
  if (trial?.phase !== "Soak" || report?.verdict !== "Failure") return undefined;
  const [from, to] = [slots.active!.revision, slots.standby!.revision];
  return { trial: trial.id, from, to, time: timestamp(now), message: "it regressed and the node swapped back" };
}
