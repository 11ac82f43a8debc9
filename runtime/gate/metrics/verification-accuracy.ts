import { distanceOf, genuinePairs, identityProblem, impostorPairs } from "./pairs.ts";
import type { RateMetric } from "./score.ts";

const folds = 10;

interface Judged {
  readonly same: boolean;
  /** Undefined where a face was not found: such a pair is wrong, whatever it is. */
  readonly distance: number | undefined;
  readonly subgroup: string | undefined;
  readonly fold: number;
}

/**
 * Pairs judged right by the threshold that does best on the other nine folds: as many pairs of one person as of two.
 * Source: Huang et al., "Labeled Faces in the Wild", 2007, 10-fold cross validation.
 */
export const verificationAccuracy: RateMetric = (evaluation) => {
  const problem = identityProblem(evaluation);
  if (problem !== undefined) return problem;
  const { results, distance } = evaluation;
  const genuine = genuinePairs(results);
  const impostor = impostorPairs(results);
  const each = Math.min(genuine.length, impostor.length);
  if (each < folds) return { problem: `the dataset gives ${each} independent pairs of each kind: ${folds} are needed` };
  const judge = (same: boolean) => (pair: readonly [number, number], k: number) => ({
    same,
    distance: distanceOf(results, pair, distance!),
    subgroup: results[pair[0]]!.subgroup,
    fold: k % folds,
  });
  const pairs = [...spread(genuine, each).map(judge(true)), ...spread(impostor, each).map(judge(false))];
  const thresholds = Array.from({ length: folds }, (_, fold) =>
    bestThreshold(pairs.filter((pair) => pair.fold !== fold)),
  );
  return {
    units: pairs.map((pair) => ({ score: Number(isRight(pair, thresholds[pair.fold]!)), subgroup: pair.subgroup })),
  };
};

/** `count` of the items, evenly spread over them. */
function spread<Item>(items: readonly Item[], count: number): Item[] {
  return Array.from({ length: count }, (_, k) => items[Math.floor((k * items.length) / count)]!);
}

function isRight({ same, distance }: Judged, threshold: number): boolean {
  return distance !== undefined && distance <= threshold === same;
}

/** The distance at which the most pairs are judged right, halfway to the next one. */
function bestThreshold(pairs: readonly Judged[]): number {
  const sorted = pairs
    .filter((pair): pair is Judged & { distance: number } => pair.distance !== undefined)
    .sort((a, b) => a.distance - b.distance);
  let right = sorted.filter(({ same }) => !same).length;
  let best = { right, threshold: -1 };
  for (const [k, { same, distance }] of sorted.entries()) {
    right += same ? 1 : -1;
    const next = sorted[k + 1]?.distance ?? distance;
    if (right > best.right && next !== distance) best = { right, threshold: (distance + next) / 2 };
    else if (right > best.right && k === sorted.length - 1) best = { right, threshold: distance };
  }
  return best.threshold;
}
