import { NOTHING, average, merge, observe, type Tally } from "./tally.ts";

/** What one node, or a wave of nodes pooled, has seen of one metric. */
export type MetricEvidence = {
  readonly overall: Tally;
  /** The same units by subgroup: a camera, or a label such as "dark". */
  readonly subgroups: ReadonlyMap<string, Tally>;
};

/** A metric of which nothing was seen. */
export const UNSEEN: MetricEvidence = { overall: NOTHING, subgroups: new Map() };

/** How units of several nodes are related. */
export type Relation =
  /** Every node saw its own: tracks before its cameras, or its own share of the probes. */
  | "DistinctUnits"
  /** All nodes replayed the same probes: more nodes are not more pictures. */
  | "SameUnits";

/**
 * Adds one paired difference, in [-1, 1], to the whole and, when the unit has one, to its subgroup.
 * @throws EvidenceRefused for NaN and for a difference outside the range.
 */
export function record(evidence: MetricEvidence, difference: number, subgroup?: string): MetricEvidence {
  const overall = observe(evidence.overall, difference);
  if (subgroup === undefined) return { ...evidence, overall };
  const seen = evidence.subgroups.get(subgroup) ?? NOTHING;
  return { overall, subgroups: new Map(evidence.subgroups).set(subgroup, observe(seen, difference)) };
}

/** The evidence of several nodes on one metric as that of the wave; subgroups of one label are pooled. */
export function pool(evidence: readonly MetricEvidence[], relation: Relation): MetricEvidence {
  const join = relation === "SameUnits" ? average : merge;
  const labels = new Set(evidence.flatMap(({ subgroups }) => [...subgroups.keys()]));
  return {
    overall: join(evidence.map(({ overall }) => overall)),
    subgroups: new Map([...labels].map((label) => [label, join(having(evidence, label))])),
  };
}

function having(evidence: readonly MetricEvidence[], label: string): Tally[] {
  return evidence.flatMap(({ subgroups }) => subgroups.get(label) ?? []);
}
