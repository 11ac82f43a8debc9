import type { RateMetric } from "./score.ts";

/** Pictures in which a face was found. Every picture of the set shows one. */
export const detectionRate: RateMetric = ({ results }) => ({
  units: results.map(({ found, subgroup }) => ({ score: Number(found), subgroup })),
});
