import { BETS } from "./betting.ts";
import { requireAlpha, requireBetween, requireCount, requireWithin } from "./refusal.ts";

const { imul } = Math;

/** How candidate and champion differ on right-or-wrong outcomes. */
export type Scenario = {
  /** True mean difference, candidate minus champion, in [-disagreement, disagreement]. */
  readonly difference: number;
  /** Share of the units on which one is right and the other wrong, in [0, 1]. */
  readonly disagreement: number;
};

/** The test that is simulated. */
export type SimulatedTest = {
  /** The loss that is tolerated, in [0, 1). */
  readonly margin: number;
  readonly alpha: number;
  /** Most units that are observed before the deadline. */
  readonly limit: number;
};

/** How one simulated rollout ended, and after how many units. */
export type Outcome = { readonly verdict: "Success" | "Failure" | "Inconclusive"; readonly n: number };

/** What a test is worth in a scenario. */
export type Power = {
  /** Share of the rollouts that ended in Success, in [0, 1]. */
  readonly succeeded: number;
  /** Share of the rollouts that ended in Failure, in [0, 1]. */
  readonly failed: number;
  /** Units after which half of all rollouts had succeeded; null when fewer than half ever did. */
  readonly medianSamples: number | null;
  /** Units after which nine in ten of all rollouts had succeeded; null when fewer ever did. */
  readonly ninetiethSamples: number | null;
};

/** Uniform numbers in [0, 1) that depend on the seed alone: a counter, mixed (Ettinger's "mulberry32"). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One unit of a scenario: -1, 0 or 1. */
export function draw({ difference, disagreement }: Scenario, random: () => number): number {
  const chance = random();
  if (chance < (disagreement + difference) / 2) return 1;
  return chance < disagreement ? -1 : 0;
}

/**
 * One rollout with a look after every unit, which ends at the first Success or Failure. It keeps the wealth of every bet
 * instead of a tally, which is the same test in a fraction of the time; `decide` with a minimum sample of 1 draws the
 * same verdict at the same unit.
 */
export function simulate(next: () => number, { margin, alpha, limit }: SimulatedTest): Outcome {
  requireWithin("margin", margin, 0, 1 - Number.EPSILON);
  requireAlpha("alpha", alpha);
  requireCount("limit", limit, 1);
  const better = gambler(-margin);
  const worse = gambler(margin);
  for (let n = 1; n <= limit; n++) {
    const difference = next();
    if (worse(-difference) >= 1 / alpha) return { verdict: "Failure", n };
    if (better(difference) >= 1 / alpha) return { verdict: "Success", n };
  }
  return { verdict: "Inconclusive", n: limit };
}

/**
 * How often, and how soon, a test decides in a scenario: the price of a margin before one asks for it.
 * @throws EvidenceRefused when the models cannot differ by more than they disagree.
 */
export function power(scenario: Scenario, test: SimulatedTest, rollouts: number, random: () => number): Power {
  const { difference, disagreement } = scenario;
  requireWithin("disagreement", disagreement, 0, 1);
  requireWithin("difference", difference, -disagreement, disagreement);
  requireCount("rollouts", rollouts, 1);
  const outcomes = Array.from({ length: rollouts }, () => simulate(() => draw(scenario, random), test));
  const successes = outcomes.filter(({ verdict }) => verdict === "Success").map(({ n }) => n);
  successes.sort((a, b) => a - b);
  const samplesFor = (share: number): number | null => successes[Math.ceil(share * rollouts) - 1] ?? null;
  return {
    succeeded: successes.length / rollouts,
    failed: outcomes.filter(({ verdict }) => verdict === "Failure").length / rollouts,
    medianSamples: samplesFor(0.5),
    ninetiethSamples: samplesFor(0.9),
  };
}

/** The wealth against H0 "the mean is at most `mean`" after each difference. */
function gambler(mean: number): (difference: number) => number {
  const stakes = BETS.map((bet) => bet / requireBetween("1 + mean", 1 + mean, 0, 2));
  const wealths = BETS.map(() => 1);
  return (difference) => {
    let sum = 0;
    for (let k = 0; k < stakes.length; k++) sum += wealths[k]! *= 1 + stakes[k]! * (difference - mean);
    return sum / stakes.length;
  };
}
