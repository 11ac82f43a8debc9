import { distances } from "../../faces/distance.ts";
import { byIdentity, identityProblem } from "./pairs.ts";
import type { RateMetric, Unit } from "./score.ts";

/**
 * Pictures whose closest other picture is of the same person; a picture in which no face is found is wrong. Counted are
 * people with two pictures or more.
 */
export const rankOne: RateMetric = (evaluation) => {
  const problem = identityProblem(evaluation);
  if (problem !== undefined) return problem;
  const { results, distance } = evaluation;
  const known = [...byIdentity(results).values()].filter((pictures) => pictures.length > 1).flat();
  if (known.length === 0) return { problem: "the dataset must show people in two pictures or more each" };
  const measure = distances[distance!];
  const units = known.map((place): Unit => {
    const { identity, embedding, subgroup } = results[place]!;
    if (embedding === undefined) return { score: 0, subgroup };
    let closest: { identity?: string | undefined; distance: number } = { distance: Infinity };
    for (const [other, candidate] of results.entries()) {
      if (other === place || candidate.identity === undefined || candidate.embedding === undefined) continue;
      const apart = measure(embedding, candidate.embedding, 0);
      if (apart < closest.distance) closest = { identity: candidate.identity, distance: apart };
    }
    return { score: Number(closest.identity === identity), subgroup };
  });
  return { units };
};
