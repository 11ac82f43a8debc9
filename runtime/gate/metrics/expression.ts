import type { Evaluation } from "../result.ts";
import type { RateMetric, Unit, Unmeasurable } from "./score.ts";

/** Accuracy over all pictures with an expression: weighted average recall. Source: DFEW, FERV39K. */
export const expressionWar: RateMetric = (evaluation) => {
  const problem = expressionProblem(evaluation);
  return problem ?? { units: labelled(evaluation).map(({ score, subgroup }) => ({ score, subgroup })) };
};

/**
 * Mean recall over classes: unweighted average recall. A unit is one picture of every class, or where a class has more
 * of them the average over those that fall to the unit: a draw whose mean is the UAR, which a paired test counts once.
 */
export const expressionUar: RateMetric = (evaluation) => {
  const problem = expressionProblem(evaluation);
  if (problem !== undefined) return problem;
  const classes = [...Map.groupBy(labelled(evaluation), ({ expression }) => expression).values()];
  const count = Math.min(...classes.map((pictures) => pictures.length));
  const units = Array.from({ length: count }, (_, k): Unit => {
    return { score: mean(classes.map((pictures) => mean(share(pictures, k, count).map(({ score }) => score)))) };
  });
  return { units, value: mean(classes.map((pictures) => mean(pictures.map(({ score }) => score)))) };
};

function labelled({ results }: Evaluation): (Unit & { expression: string })[] {
  return results.flatMap(({ expression, seenExpression, subgroup }) =>
    expression === undefined ? [] : [{ expression, score: Number(seenExpression === expression), subgroup }],
  );
}

/** The k-th of `count` parts of about the same size. */
function share<Item>(items: readonly Item[], k: number, count: number): Item[] {
  return items.slice(Math.floor((k * items.length) / count), Math.floor(((k + 1) * items.length) / count));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function expressionProblem({ results, labels }: Evaluation): Unmeasurable | undefined {
  if (labels === undefined) return { problem: "no network has an output of role Expression" };
  const wanted = new Set(results.flatMap(({ expression }) => expression ?? []));
  if (wanted.size === 0) return { problem: "no picture of the dataset is labelled with an expression" };
  const unknown = [...wanted].filter((expression) => !labels.includes(expression));
  if (unknown.length === 0) return undefined;
  return { problem: `the dataset's ${unknown.join(", ")} is not among the network's labels ${labels.join(", ")}` };
}
