import type { NodeRuntimeSpec, NodeRuntimeStatus } from "../../../crds/noderuntime.ts";
import type { Measurement } from "../../../crds/shared.ts";
import { decideFamily, type Finding } from "../../../evidence/family.ts";
import { familyOf } from "../../../evidence/gate.ts";
import { record, UNSEEN, type MetricEvidence } from "../../../evidence/metric.ts";
import { decodeTally, encodeTally, sampleSize } from "../../../evidence/tally.ts";
import type { Difference } from "./compare.ts";
import { judgeSpeed, Speed } from "./speed.ts";

type TrialSpec = NonNullable<NodeRuntimeSpec["trial"]>;
export type TrialStatus = NonNullable<NodeRuntimeStatus["trial"]>;

/** What a trial needs to go on after a restart: the evidence is dear, most of all that of tracks. */
export interface TrialRecord {
  id: string;
  startedAt: string;
  tallies: Record<string, string>;
}

/** One comparison of two slots: collects paired evidence and says what it shows so far. */
export class Trial {
  readonly spec: TrialSpec;
  readonly startedAt: number;
  /** Speed of the candidate's slot. */
  readonly speed = new Speed();
  readonly #evidence = new Map<string, MetricEvidence>();

  /** @param past the record of the same trial, to go on with. */
  constructor(spec: TrialSpec, now: number, past?: TrialRecord) {
    const resumed = past?.id === spec.id ? past : undefined;
    this.spec = spec;
    this.startedAt = resumed === undefined ? now : Date.parse(resumed.startedAt);
    for (const [metric, tally] of Object.entries(resumed?.tallies ?? {})) {
      this.#evidence.set(metric, { overall: decodeTally(tally), subgroups: new Map() });
    }
  }

  observe(differences: readonly Difference[]): void {
    for (const { metric, difference } of differences) {
      this.#evidence.set(metric, record(this.#evidence.get(metric) ?? UNSEEN, difference));
    }
  }

  /** Labelled probes observed, also by the runs before. */
  get probesSeen(): number {
    const metrics = ["ProbeIdentity", "ProbeExpression"];
    return Math.max(0, ...metrics.map((metric) => sampleSize((this.#evidence.get(metric) ?? UNSEEN).overall)));
  }

  get record(): TrialRecord {
    const tallies = [...this.#evidence].map(([metric, { overall }]) => [metric, encodeTally(overall)] as const);
    return {
      id: this.spec.id,
      startedAt: new Date(this.startedAt).toISOString(),
      tallies: Object.fromEntries(tallies),
    };
  }

  /**
   * What the evidence shows. In Shadow everything required must be shown before the deadline. In Soak the candidate has
   * shown it already: only Failure counts, and it may go on for ever.
   * @param deadline milliseconds from the start after which missing evidence is final.
   */
  status(now: number, deadline: number): TrialStatus {
    const { gate, id, phase } = this.spec;
    const ceilings = gate.checks.flatMap((check) => judgeSpeed(check, this.speed) ?? []);
    const required = new Set(gate.checks.filter((check) => check.required).map(({ metric }) => metric as string));
    const broken = ceilings.filter(({ metric, verdict }) => verdict === "Failure" && required.has(metric));
    const open = ceilings.filter(({ metric, verdict }) => verdict === "Inconclusive" && required.has(metric));
    const family = decideFamily(familyOf(gate), this.#evidence, {
      deadlinePassed: phase === "Shadow" && now - this.startedAt > deadline,
      hardFailures: broken.map(({ metric, message }) => ({ check: metric, message: message ?? "" })),
    });
    const waits = family.verdict === "Success" && open.length > 0;
    return {
      id,
      startedAt: new Date(this.startedAt).toISOString(),
      verdict: waits ? "Inconclusive" : family.verdict,
      message: (waits ? `${open[0]!.metric}: ${open[0]!.message}` : family.message).slice(0, 1024),
      evidence: [
        ...family.findings.map((finding) => ({
          metric: finding.metric,
          state: encodeTally((this.#evidence.get(finding.metric) ?? UNSEEN).overall),
          measurement: measurementOf(finding),
        })),
        ...ceilings.map((measurement) => ({ metric: measurement.metric, state: "", measurement })),
      ],
    };
  }
}

function measurementOf({ metric, decision }: Finding): Measurement {
  const { estimate, lower, upper, limit, n, verdict, message } = decision;
  return {
    metric,
    ...(estimate !== null && { value: decimal(estimate), lower: decimal(lower), upper: decimal(upper) }),
    bound: decimal(limit),
    n,
    verdict,
    message,
  };
}

function decimal(value: number): string {
  return String(Number(value.toFixed(4)));
}
