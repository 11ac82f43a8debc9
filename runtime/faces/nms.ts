import { overlap, type Box } from "./geometry.ts";

/**
 * Greedy non-maximum suppression: by falling score, a box stays unless it overlaps one that stayed by more than
 * `limit` (intersection over union). Ties keep their order.
 */
export function suppress<Found extends { readonly box: Box; readonly score: number }>(
  found: readonly Found[],
  limit: number,
): Found[] {
  const kept: Found[] = [];
  for (const candidate of found.toSorted((a, b) => b.score - a.score)) {
    if (kept.every(({ box }) => overlap(box, candidate.box) <= limit)) kept.push(candidate);
  }
  return kept;
}
