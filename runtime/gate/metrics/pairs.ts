import { distances, type Metric } from "../../faces/distance.ts";
import type { Evaluation, PictureResult } from "../result.ts";
import type { Unmeasurable } from "./score.ts";

/** Two pictures by their places in the set. */
export type Pair = readonly [number, number];

/**
 * Pairs of pictures of one person, no picture in two of them, so that pairs are independent: the k-th picture of a
 * person with the k-th of the second half.
 */
export function genuinePairs(results: readonly PictureResult[]): Pair[] {
  return [...byIdentity(results).values()].flatMap((pictures) => {
    const half = Math.floor(pictures.length / 2);
    return Array.from({ length: half }, (_, k): Pair => [pictures[k]!, pictures[k + half]!]);
  });
}

/** Pairs of pictures of two people, no picture in two of them: all pictures by person, the first half with the second. */
export function impostorPairs(results: readonly PictureResult[]): Pair[] {
  const pictures = [...byIdentity(results).values()].flat();
  const half = Math.floor(pictures.length / 2);
  const pairs = Array.from({ length: half }, (_, k): Pair => [pictures[k]!, pictures[k + half]!]);
  return pairs.filter(([a, b]) => results[a]!.identity !== results[b]!.identity);
}

/** Places of the pictures of each person, people in the order in which they first appear. */
export function byIdentity(results: readonly PictureResult[]): Map<string, number[]> {
  const people = new Map<string, number[]>();
  for (const [place, { identity }] of results.entries()) {
    if (identity === undefined) continue;
    const pictures = people.get(identity);
    if (pictures === undefined) people.set(identity, [place]);
    else pictures.push(place);
  }
  return people;
}

/** Distance of a pair; undefined where one of the pictures has no embedding, because no face was found in it. */
export function distanceOf(results: readonly PictureResult[], [a, b]: Pair, metric: Metric): number | undefined {
  const [left, right] = [results[a]!.embedding, results[b]!.embedding];
  return left && right && distances[metric](left, right, 0);
}

/** Why identities cannot be compared; undefined when they can. */
export function identityProblem({ results, distance }: Evaluation): Unmeasurable | undefined {
  if (distance === undefined) return { problem: "no network has an output of role Embedding" };
  if (byIdentity(results).size < 2) return { problem: "the dataset must show two people or more, by identity" };
  return undefined;
}
