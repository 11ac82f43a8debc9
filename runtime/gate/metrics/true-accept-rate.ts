import { byIdentity, distanceOf, genuinePairs, identityProblem, type Pair } from "./pairs.ts";
import type { PictureResult } from "../result.ts";
import type { RateMetric } from "./score.ts";

/** Most pairs of two people that the threshold is taken from: a million distances take about a second. */
const mostImpostors = 1_000_000;

/**
 * Independent pairs of one person that are accepted at the threshold where pairs of two people are accepted at
 * `falseAcceptRate`. A pair in which a face was not found is not accepted.
 * Source: ISO/IEC 19795-1, true accept rate at a false accept rate (1 - FNMR at FMR).
 */
export const trueAcceptRate: RateMetric = (evaluation, { falseAcceptRate }) => {
  const problem = identityProblem(evaluation);
  if (problem !== undefined) return problem;
  const { results, distance } = evaluation;
  const genuine = genuinePairs(results);
  if (genuine.length === 0) return { problem: "the dataset must show people in two pictures or more each" };
  const impostors = allImpostors(results).map((pair) => distanceOf(results, pair, distance!) ?? Infinity);
  const accepted = Math.floor(falseAcceptRate * impostors.length);
  if (accepted < 1) {
    const needed = Math.ceil(1 / falseAcceptRate);
    return {
      problem: `falseAcceptRate ${falseAcceptRate} needs ${needed} pairs of two people, not ${impostors.length}`,
    };
  }
  const sorted = Float64Array.from(impostors).sort();
  // One more accepted would be one too many: the threshold lies below the first that must be refused.
  const refused = sorted[accepted] ?? Infinity;
  return {
    units: genuine.map((pair) => ({
      score: Number((distanceOf(results, pair, distance!) ?? Infinity) < refused),
      subgroup: results[pair[0]]!.subgroup,
    })),
  };
};

/** Pairs of two people, all or, when there are too many, every n-th. */
function allImpostors(results: readonly PictureResult[]): Pair[] {
  const pictures = [...byIdentity(results).values()].flat();
  const total = (pictures.length * (pictures.length - 1)) / 2;
  const step = Math.ceil(total / mostImpostors);
  const pairs: Pair[] = [];
  let count = 0;
  for (let a = 0; a < pictures.length; a++) {
    for (let b = a + 1; b < pictures.length; b++) {
      if (count++ % step !== 0 || results[pictures[a]!]!.identity === results[pictures[b]!]!.identity) continue;
      pairs.push([pictures[a]!, pictures[b]!]);
    }
  }
  return pairs;
}
