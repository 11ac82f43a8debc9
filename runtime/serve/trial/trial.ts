import { milliseconds } from "../../../crds/duration.ts";
import { measurementOf } from "../../../crds/measurement.ts";
import type { NodeRuntimeSpec, NodeRuntimeStatus } from "../../../crds/noderuntime.ts";
import {
  combine,
  decideFamily,
  type Circumstances,
  type FamilyDecision,
  type Finding,
} from "../../../evidence/family.ts";
import { familyOf } from "../../../evidence/gate.ts";
import { record, UNSEEN, type MetricEvidence } from "../../../evidence/metric.ts";
import { EvidenceRefused } from "../../../evidence/refusal.ts";
import { decodeTally, encodeTally } from "../../../evidence/tally.ts";
import type { Difference } from "./compare.ts";
import { judgeSpeed, Speed } from "./speed.ts";

export type TrialSpec = NonNullable<NodeRuntimeSpec["trial"]>;
export type TrialStatus = NonNullable<NodeRuntimeStatus["trial"]>;

/** What a trial needs to go on after a restart: the evidence is dear, most of all that of tracks. */
export interface TrialRecord {
  id: string;
  startedAt: string;
  /** Probes that have been replayed, from the first on. */
  probes: number;
  tallies: Record<string, string>;
}

/** One comparison of two slots: collects paired evidence and says what it shows so far. */
export class Trial {
  readonly spec: TrialSpec;
  readonly startedAt: number;
  /** Speed of the candidate's slot. */
  readonly speed = new Speed();
  readonly #evidence = new Map<string, MetricEvidence>();
  #probes: number;
  /** What keeps evidence from coming, for people; no evidence by itself. */
  trouble: string | undefined;

  /**
   * @param now milliseconds since the epoch.
   * @param past the record of the same trial, to go on with.
   * @throws EvidenceRefused for a record whose tallies cannot be read.
   */
  constructor(spec: TrialSpec, now: number, past?: TrialRecord) {
    const resumed = past?.id === spec.id ? past : undefined;
    this.spec = spec;
    this.startedAt = resumed === undefined ? now : Date.parse(resumed.startedAt);
    this.#probes = resumed?.probes ?? 0;
    for (const [metric, tally] of Object.entries(resumed?.tallies ?? {})) {
      this.#evidence.set(metric, { overall: decodeTally(tally), subgroups: new Map() });
    }
  }

  /** Takes the paired differences of one track. */
  observe(differences: readonly Difference[]): void {
    for (const { metric, difference } of differences) {
      this.#evidence.set(metric, record(this.#evidence.get(metric) ?? UNSEEN, difference));
    }
  }

  /** Takes those of the next probe; none when it could not be read. It is never replayed again. */
  observeProbe(differences: readonly Difference[]): void {
    this.#probes += 1;
    this.observe(differences);
  }

  /** Probes that have been replayed, also by the runs before. */
  get probes(): number {
    return this.#probes;
  }

  get record(): TrialRecord {
    const tallies = [...this.#evidence].map(([metric, { overall }]) => [metric, encodeTally(overall)] as const);
    return {
      id: this.spec.id,
      startedAt: new Date(this.startedAt).toISOString(),
      probes: this.#probes,
      tallies: Object.fromEntries(tallies),
    };
  }

  /**
   * What the evidence shows. In Shadow everything required must be shown before the deadline. In Soak the candidate has
   * shown it already: only Failure counts, and it may go on for ever.
   */
  status(now: number): TrialStatus {
    const { gate, id, phase } = this.spec;
    const ceilings = gate.checks.flatMap((check) => {
      const measurement = judgeSpeed(check, this.speed);
      return measurement === undefined ? [] : { measurement, required: check.required };
    });
    const decisive = ceilings.filter(({ required }) => required).map(({ measurement }) => measurement);
    const broken = decisive.filter(({ verdict }) => verdict === "Failure");
    const family = this.#decide({
      deadlinePassed: phase === "Shadow" && now - this.startedAt > milliseconds(gate.deadline),
      hardFailures: broken.map(({ metric, message = "" }) => ({ check: metric, message })),
    });
    const open = family.verdict === "Success" ? decisive.find(({ verdict }) => verdict === "Inconclusive") : undefined;
    return {
      id,
      startedAt: new Date(this.startedAt).toISOString(),
      verdict: open === undefined ? family.verdict : "Inconclusive",
      message: this.#say(family.verdict, open === undefined ? family.message : `${open.metric}: ${open.message}`),
      evidence: [
        ...family.findings.map((finding) => this.#evidenceOf(finding)),
        ...ceilings.map(({ measurement }) => ({ metric: measurement.metric, state: "", measurement })),
      ],
    };
  }

  /** A gate may require nothing but ceilings: then they decide. One that cannot be carried out is an Error, never a pass. */
  #decide(circumstances: Circumstances): FamilyDecision {
    const ceilings = combine([], circumstances.hardFailures);
    try {
      const family = familyOf(this.spec.gate);
      if (family.metrics.some(({ role }) => role === "Required")) {
        return decideFamily(family, this.#evidence, circumstances);
      }
    } catch (error) {
      if (!(error instanceof EvidenceRefused)) throw error;
      return { ...ceilings, verdict: "Error", reason: "MeasurementFailed", message: error.message };
    }
    if (ceilings.verdict === "Failure") return ceilings;
    return { ...ceilings, verdict: "Success", reason: "AllPassed", message: "all ceilings hold" };
  }

  #say(verdict: FamilyDecision["verdict"], message: string): string {
    const isOpen = verdict === "Inconclusive" && this.trouble !== undefined;
    return (isOpen ? `${message}; ${this.trouble}` : message).slice(0, 1024);
  }

  #evidenceOf(finding: Finding): TrialStatus["evidence"][number] {
    const { metric } = finding;
    const { overall } = this.#evidence.get(metric) ?? UNSEEN;
    return { metric, state: encodeTally(overall), measurement: measurementOf(finding) };
  }
}
