/**
 * What the online gate costs: how many probes or tracks a candidate that equals its champion needs until it is promoted,
 * and how often one that is exactly as bad as the margin gets through. Simulated with a look after every unit.
 *
 * Prints a table and writes `.bench/evidence.json`. The baseline of a sample size is that of the classical test of
 * non-inferiority for paired proportions (normal approximation, power 90%), which may look only once, at a sample size
 * that must be fixed beforehand from a known disagreement.
 */
import { logWealthAbove } from "../../evidence/betting.ts";
import { draw, power, seededRandom, type Power, type Scenario } from "../../evidence/power.ts";
import { NOTHING, merge, observe, type Tally } from "../../evidence/tally.ts";
import { report } from "./report/report.ts";
import { atLeast, atMost, ratioAtMost, row, type Row } from "./report/row.ts";

const ALPHA = 0.05;
const LIMIT = 3000;
const ROLLOUTS = 2000;
const [Z_ALPHA, Z_POWER] = [1.6449, 1.2816];

/** Margins and disagreements of the design, with the share of equal candidates that should pass within the limit. */
const CASES = [
  { margin: 0.02, disagreement: 0.02, goal: 0.99 },
  { margin: 0.02, disagreement: 0.05, goal: 0.95 },
  { margin: 0.02, disagreement: 0.1, goal: 0.65 },
  { margin: 0.05, disagreement: 0.05, goal: 0.99 },
  { margin: 0.05, disagreement: 0.1, goal: 0.99 },
  { margin: 0.05, disagreement: 0.2, goal: 0.99 },
  { margin: 0.1, disagreement: 0.1, goal: 0.99 },
  { margin: 0.1, disagreement: 0.2, goal: 0.99 },
] as const;

type Case = (typeof CASES)[number];
type Figures = Case & { readonly equal: Power; readonly atMargin: Power; readonly once: number };

const random = seededRandom(20240217);

function measure(given: Case): Figures {
  const { margin, disagreement } = given;
  const test = { margin, alpha: ALPHA, limit: LIMIT };
  return {
    ...given,
    equal: power({ difference: 0, disagreement }, test, ROLLOUTS, random),
    atMargin: power({ difference: -margin, disagreement }, test, ROLLOUTS, random),
    once: Math.ceil(((Z_ALPHA + Z_POWER) ** 2 * disagreement) / margin ** 2),
  };
}

function rowsOf({ margin, disagreement, goal, equal, atMargin, once }: Figures): readonly Row[] {
  const of = `margin ${margin}, disagreement ${disagreement}`;
  return [
    row(`equal candidate promoted, ${of}`, "share", equal.succeeded, { goal: atLeast(goal) }),
    row(`median sample, ${of}`, "units", equal.medianSamples, { baseline: once }),
    row(`90% sample, ${of}`, "units", equal.ninetiethSamples, { baseline: once }),
    row(`candidate at the margin promoted, ${of}`, "share", atMargin.succeeded, { goal: atMost(ALPHA) }),
    row(`candidate at the margin refused, ${of}`, "share", atMargin.failed),
  ];
}

/** Units until a wave of ten equal nodes passes, pooled as one sample, and as the product of the nodes' own wealths. */
function poolingRows(): Row[] {
  return [0.1, 0.2].map((disagreement) => {
    const waves = Array.from({ length: 200 }, () => unitsOfWave({ difference: 0, disagreement }, 10, 0.05));
    const pooled = ninetieth(waves.map((wave) => wave.pooled));
    const product = ninetieth(waves.map((wave) => wave.product));
    const name = `90% sample of 10 nodes pooled, against the product of their wealths, margin 0.05, disagreement ${disagreement}`;
    return row(name, "units", pooled, { baseline: product, goal: ratioAtMost(1) });
  });
}

/** Both counts are at most LIMIT, where the deadline is. */
function unitsOfWave(scenario: Scenario, size: number, margin: number): { pooled: number; product: number } {
  const enough = Math.log(1 / ALPHA);
  const nodes: Tally[] = Array.from({ length: size }, () => NOTHING);
  const wealths = nodes.map(() => 0);
  let [pooled, product] = [LIMIT, LIMIT];
  for (let units = 1; units < LIMIT && (pooled === LIMIT || product === LIMIT); units++) {
    const node = units % size;
    nodes[node] = observe(nodes[node]!, draw(scenario, random));
    wealths[node] = logWealthAbove(nodes[node], -margin);
    if (pooled === LIMIT && logWealthAbove(merge(nodes), -margin) >= enough) pooled = units;
    if (product === LIMIT && wealths.reduce((sum, wealth) => sum + wealth, 0) >= enough) product = units;
  }
  return { pooled, product };
}

/** The same equal candidate under one metric, and under four that share alpha. */
function familyRow(): Row {
  const scenario: Scenario = { difference: 0, disagreement: 0.1 };
  const [one, shared] = [ALPHA, ALPHA / 4].map(
    (alpha) => power(scenario, { margin: 0.05, alpha, limit: LIMIT }, ROLLOUTS, random).medianSamples!,
  ) as [number, number];
  return row("median sample of a metric with a quarter of alpha, against one with all of it", "units", shared, {
    baseline: one,
  });
}

function ninetieth(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(0.9 * values.length) - 1]!;
}

const figures = CASES.map(measure);
console.log(
  `Equal candidates, and candidates at the margin; alpha ${ALPHA}, at most ${LIMIT} units, ${ROLLOUTS} rollouts`,
);
await report("evidence", [...figures.flatMap(rowsOf), ...poolingRows(), familyRow()], "one look");
