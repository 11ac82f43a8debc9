import type { Identity } from "../../events/event.ts";
import type { ConsistentReading } from "../../pipeline/track/consistency.ts";

/** One paired difference, candidate minus champion, in [-1, 1]. */
export interface Difference {
  metric: string;
  difference: number;
}

type Reading = Pick<ConsistentReading, "identity" | "identityConsistency" | "expressionConsistency">;

/** What two slots made of the same track. */
export interface PairedReadings {
  candidate: Reading;
  champion: Reading;
}

/** What the champion calls itself sure of: a match this much nearer than the threshold. */
const sureness = 0.8;

/**
 * The evidence of one ended track: one observation a metric, however many frames it had. A metric that the champion has
 * nothing to say about is left out: that is no evidence, for or against.
 * @param threshold largest distance at which the champion calls two faces the same person.
 */
export function compareTrack({ candidate, champion }: PairedReadings, threshold: number | undefined): Difference[] {
  const differences: [string, number | undefined][] = [
    ["TrackIdentityConsistency", minus(candidate.identityConsistency, champion.identityConsistency)],
    ["TrackExpressionConsistency", minus(candidate.expressionConsistency, champion.expressionConsistency)],
    ["ChampionAgreement", agreement(candidate.identity, champion.identity, threshold)],
  ];
  return differences.flatMap(([metric, difference]) => (difference === undefined ? [] : [{ metric, difference }]));
}

/** A candidate that has no reading where the champion has one is as wrong as can be. */
function minus(candidate: number | undefined, champion: number | undefined): number | undefined {
  return champion === undefined ? undefined : (candidate ?? 0) - champion;
}

function agreement(
  candidate: Identity | undefined,
  champion: Identity | undefined,
  threshold: number | undefined,
): number | undefined {
  if (champion?.known !== true || threshold === undefined || champion.distance > sureness * threshold) return undefined;
  return candidate?.known === true && candidate.person === champion.person ? 0 : -1;
}

/** Whether each slot was right about one labelled probe. */
export interface ProbeOutcome {
  identity?: { candidate: boolean; champion: boolean };
  expression?: { candidate: boolean; champion: boolean };
}

/** The evidence of one labelled probe. */
export function compareProbe({ identity, expression }: ProbeOutcome): Difference[] {
  const rights = [
    ["ProbeIdentity", identity],
    ["ProbeExpression", expression],
  ] as const;
  return rights.flatMap(([metric, right]) =>
    right === undefined ? [] : [{ metric, difference: Number(right.candidate) - Number(right.champion) }],
  );
}
