import type { FamilyPlan } from "./family.ts";
import type { Relation } from "./metric.ts";
import { EvidenceRefused } from "./refusal.ts";

/** A paired check as a FaceModel's `spec.gates.online.checks` states it: decimals are strings. */
export type GateCheck = { readonly metric: string; readonly margin?: string | undefined; readonly required: boolean };

/** What a FaceModel's `spec.gates.online` says about evidence. */
export type Gate = { readonly alpha: string; readonly minSamples: number; readonly checks: readonly GateCheck[] };

/**
 * How the units of a metric on several nodes are related: all nodes of a revision replay the same probes, in the same
 * order, while each has tracks of its own.
 */
export const relations: Readonly<Record<string, Relation>> = {
  ProbeIdentity: "SameUnits",
  ProbeExpression: "SameUnits",
  TrackIdentityConsistency: "DistinctUnits",
  TrackExpressionConsistency: "DistinctUnits",
  ChampionAgreement: "DistinctUnits",
};

/**
 * The test that an online gate asks for. Checks without a margin are ceilings (latency, dropped frames): they need no
 * statistics and are hard failures when broken. A check that is not required is reported only.
 * @throws EvidenceRefused for a margin or alpha that is no number.
 */
export function familyOf({ alpha, minSamples, checks }: Gate): FamilyPlan {
  return {
    alpha: number("alpha", alpha),
    metrics: checks
      .filter(({ margin }) => margin !== undefined)
      .map(({ metric, margin, required }) => ({
        metric,
        role: required ? "Required" : "Reported",
        margin: number(`${metric}.margin`, margin!),
        minSamples,
      })),
  };
}

function number(field: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new EvidenceRefused(field, text, "a decimal number");
  return value;
}
