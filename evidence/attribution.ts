import { hypergeometricTail } from "./binomial.ts";
import { requireAlpha, requireCount } from "./refusal.ts";

/** Nodes on one revision in the window that is looked at. */
export type NodeCount = { readonly nodes: number; readonly failed: number };

/** Who is to blame, and why one thinks so. */
export type Attribution = {
  readonly cause: "Release" | "Environment" | "Unknown";
  readonly reason:
    "NothingFailed" | "NoComparison" | "OnlyCandidateFailed" | "CandidateFailedMoreOften" | "ChampionFailedToo";
  /** One sentence with both counts. */
  readonly message: string;
  /** One-sided p-value of Fisher's exact test of "the candidate's nodes fail no more often"; 1 without a comparison. */
  readonly pValue: number;
};

/**
 * Did the release fail, or the place it runs in? Nodes of the same wave and window are compared, those on the candidate
 * with those on the old revision.
 *
 * - Nothing to compare with: Unknown. The caller decides, and the safe choice is to roll back.
 * - No node on the old revision failed: Release. That is a rule, not a test: the first canary is one node, and no test
 *   could convict on a single failure, yet waiting for more would spread it.
 * - Both failed: Release only if the candidate's nodes failed more often than chance allows (Fisher, "Statistical
 *   Methods for Research Workers", 1934, sec. 21.02: the exact test, right for any number of nodes), else Environment:
 *   a power cut or a lost uplink should not condemn a revision.
 *
 * @param alpha chance of blaming a release for what befell both alike, in (0, 0.5)
 * @throws EvidenceRefused for counts that are not whole, or more failures than nodes.
 */
export function attribute(candidate: NodeCount, champion: NodeCount, alpha: number): Attribution {
  for (const [name, { nodes, failed }] of Object.entries({ candidate, champion })) {
    requireCount(`${name}.nodes`, nodes);
    requireCount(`${name}.failed`, failed, 0, nodes);
  }
  requireAlpha("alpha", alpha);
  const nodes = candidate.nodes + champion.nodes;
  const pValue = hypergeometricTail(nodes, candidate.failed + champion.failed, candidate.nodes, candidate.failed);
  const reason = reasonFor(candidate, champion, pValue <= alpha);
  const counts = `candidate ${candidate.failed} of ${candidate.nodes}, old revision ${champion.failed} of ${champion.nodes}`;
  return { cause: CAUSES[reason], reason, message: `${MEANINGS[reason]}: failed nodes ${counts}`, pValue };
}

function reasonFor(candidate: NodeCount, champion: NodeCount, moreOften: boolean): Attribution["reason"] {
  if (candidate.failed === 0) return "NothingFailed";
  if (champion.nodes === 0) return "NoComparison";
  if (champion.failed === 0) return "OnlyCandidateFailed";
  return moreOften ? "CandidateFailedMoreOften" : "ChampionFailedToo";
}

const CAUSES: Readonly<Record<Attribution["reason"], Attribution["cause"]>> = {
  NothingFailed: "Unknown",
  NoComparison: "Unknown",
  OnlyCandidateFailed: "Release",
  CandidateFailedMoreOften: "Release",
  ChampionFailedToo: "Environment",
};

const MEANINGS: Readonly<Record<Attribution["reason"], string>> = {
  NothingFailed: "no node on the candidate failed",
  NoComparison: "no node on the old revision to compare with",
  OnlyCandidateFailed: "only nodes on the candidate failed",
  CandidateFailedMoreOften: "nodes on the candidate failed more often",
  ChampionFailedToo: "nodes on the old revision failed too",
};
