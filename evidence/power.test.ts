import { describe, expect, test } from "@jest/globals";
import { logWealthAbove } from "./betting.ts";
import { binomialTail } from "./binomial.ts";
import { draw, power, seededRandom, simulate, type Outcome, type Scenario } from "./power.ts";
import { NOTHING, average, merge, observe, type Tally } from "./tally.ts";
import { decide } from "./verdict.ts";

/**
 * Simulated error rates. So many rollouts err by chance even if the true rate is alpha; only a count that chance
 * reaches once in a thousand times is held against the test.
 */
const ROLLOUTS = 2000;
const ALPHA = 0.05;
const overspends = (errors: number, alpha = ALPHA): boolean => binomialTail(ROLLOUTS, errors, alpha) < 0.001;

const run = (next: (rollout: number) => Outcome): Outcome[] => Array.from({ length: ROLLOUTS }, (_, i) => next(i));
const count = (outcomes: readonly Outcome[], verdict: Outcome["verdict"]): number =>
  outcomes.filter((outcome) => outcome.verdict === verdict).length;

test("of 2,000 rollouts 133 errors are too many for an alpha of 0.05, and 130 are not", () => {
  expect([overspends(133), overspends(130)]).toEqual([true, false]);
});

describe("a candidate exactly at the margin, looked at after every unit", () => {
  test.each([
    { margin: 0.02, disagreement: 0.02 },
    { margin: 0.02, disagreement: 0.05 },
    { margin: 0.02, disagreement: 0.1 },
    { margin: 0.05, disagreement: 0.05 },
    { margin: 0.05, disagreement: 0.1 },
    { margin: 0.05, disagreement: 0.2 },
    { margin: 0.1, disagreement: 0.1 },
    { margin: 0.1, disagreement: 0.2 },
    { margin: 0.1, disagreement: 1 },
  ])("is promoted, and is sent back, at most alpha of the time: %j", ({ margin, disagreement }) => {
    const random = seededRandom(1);
    const scenario = { difference: -margin, disagreement };
    const outcomes = run(() => simulate(() => draw(scenario, random), { margin, alpha: ALPHA, limit: 1500 }));
    expect(overspends(count(outcomes, "Success"))).toBe(false);
    expect(overspends(count(outcomes, "Failure"))).toBe(false);
    expect(count(outcomes, "Success")).toBeGreaterThan(0);
  });

  test("would be promoted far too often by an interval for a fixed sample, so the simulation can tell", () => {
    const random = seededRandom(1);
    const passes = run(() => {
      let [sum, squares] = [0, 0];
      for (let n = 1; n <= 1500; n++) {
        const difference = draw({ difference: -0.05, disagreement: 0.1 }, random);
        sum += difference;
        squares += difference * difference;
        const error = Math.sqrt((squares / n - (sum / n) ** 2) / n);
        if (n >= 30 && sum / n - 1.645 * error >= -0.05) return { verdict: "Success", n };
      }
      return { verdict: "Inconclusive", n: 1500 };
    });
    expect(overspends(count(passes, "Success"))).toBe(true);
  });

  test("is promoted no more often by differences of any size", () => {
    const random = seededRandom(2);
    const next = (): number => -0.05 + 0.6 * (random() - 0.5);
    const outcomes = run(() => simulate(next, { margin: 0.05, alpha: ALPHA, limit: 1000 }));
    expect(overspends(count(outcomes, "Success"))).toBe(false);
  });
});

describe("a wave of nodes pooled, looked at after every unit of any node", () => {
  const margin = 0.05;
  const wave = (scenarios: readonly Scenario[], random: () => number): Outcome => {
    let unit = 0;
    const next = (): number => draw(scenarios[unit++ % scenarios.length]!, random);
    return simulate(next, { margin, alpha: ALPHA, limit: 1500 });
  };

  test("ten nodes at the margin", () => {
    const random = seededRandom(3);
    const scenarios = Array.from({ length: 10 }, () => ({ difference: -margin, disagreement: 0.1 }));
    expect(
      overspends(
        count(
          run(() => wave(scenarios, random)),
          "Success",
        ),
      ),
    ).toBe(false);
  });

  test("good nodes do not outvote bad ones: one half equal, one half twice as bad as the margin", () => {
    const random = seededRandom(4);
    const scenarios = [
      { difference: 0, disagreement: 0.1 },
      { difference: -2 * margin, disagreement: 0.15 },
    ];
    expect(
      overspends(
        count(
          run(() => wave(scenarios, random)),
          "Success",
        ),
      ),
    ).toBe(false);
  });

  test("four nodes that replay the same probes at the margin, averaged, after every probe", () => {
    const random = seededRandom(5);
    const test = { margin, alpha: ALPHA, limit: 300 };
    const same = { difference: -margin, disagreement: 0.1 };
    // A node sees the probe as its camera does: mostly like the others, sometimes on its own.
    const next = (): number => {
      const shared = draw(same, random);
      const seen = Array.from({ length: 4 }, () => (random() < 0.8 ? shared : draw(same, random)));
      return seen.reduce((sum, difference) => sum + difference, 0) / 4;
    };
    expect(
      overspends(
        count(
          run(() => simulate(next, test)),
          "Success",
        ),
      ),
    ).toBe(false);
  });

  test("two nodes that replay the same probes, one behind the other, averaged while they go", () => {
    const random = seededRandom(13);
    const probes = 200;
    const rollout = (): Outcome => {
      const seen = Array.from({ length: probes }, () => draw({ difference: -margin, disagreement: 0.1 }, random));
      let [ahead, behind]: [Tally, Tally] = [NOTHING, NOTHING];
      for (let n = 1; n <= 2 * probes; n++) {
        if (n <= probes) ahead = observe(ahead, seen[n - 1]!);
        if (n % 2 === 0) behind = observe(behind, seen[n / 2 - 1]!);
        if (logWealthAbove(average([ahead, behind]), -margin) >= Math.log(1 / ALPHA)) return { verdict: "Success", n };
      }
      return { verdict: "Inconclusive", n: probes };
    };
    expect(overspends(count(run(rollout), "Success"))).toBe(false);
  });

  test("the mean of a probe over nodes earns no less than averaged tallies keep", () => {
    const nodes = [
      [1, 0, 0, -1],
      [0, 0, 1, -1],
      [0, 0, 0, 0],
      [1, 0, -1, -1],
    ];
    const averaged = average(nodes.map((seen) => seen.reduce(observe, NOTHING)));
    const means = nodes[0]!.map((_, probe) => nodes.reduce((sum, seen) => sum + seen[probe]!, 0) / nodes.length);
    const test = { margin, alpha: ALPHA, minSamples: 1, deadlinePassed: false };
    const own = decide(means.reduce(observe, NOTHING), test);
    expect(decide(averaged, test).estimate).toBeCloseTo(own.estimate!, 12);
    expect(decide(averaged, test).logWealth).toBeLessThanOrEqual(own.logWealth + 1e-12);
  });
});

describe("a family of four required metrics that share alpha", () => {
  const share = { margin: 0.05, alpha: ALPHA / 4, limit: 800 };
  const follow = (differences: readonly number[], random: () => number): Outcome[] =>
    differences.map((difference) => simulate(() => draw({ difference, disagreement: 0.1 }, random), share));
  const families = (differences: readonly number[], seed: number): Outcome[][] => {
    const random = seededRandom(seed);
    return Array.from({ length: ROLLOUTS }, () => follow(differences, random));
  };

  test("with one metric at the margin is promoted at most its share of the time", () => {
    const promoted = families([-0.05, 0.02, 0.02, 0.02], 6).filter((family) =>
      family.every(({ verdict }) => verdict === "Success"),
    );
    expect(overspends(promoted.length, share.alpha)).toBe(false);
  });

  test("with all metrics at the margin, just tolerable, is sent back at most alpha of the time", () => {
    const rejected = families([-0.05, -0.05, -0.05, -0.05], 7).filter((family) =>
      family.some(({ verdict }) => verdict === "Failure"),
    );
    expect(overspends(rejected.length)).toBe(false);
    expect(rejected.length).toBeGreaterThan(0);
  });
});

describe("the simulation", () => {
  const limit = 300;
  const asDecided = (differences: readonly number[], margin: number): Outcome => {
    let tally: Tally = NOTHING;
    for (const [i, difference] of differences.entries()) {
      tally = observe(tally, difference);
      const { verdict } = decide(tally, { margin, alpha: ALPHA, minSamples: 1, deadlinePassed: false });
      if (verdict === "Success" || verdict === "Failure") return { verdict, n: i + 1 };
    }
    return { verdict: "Inconclusive", n: differences.length };
  };

  test.each([
    { margin: 0.05, difference: 0, disagreement: 0.1 },
    { margin: 0.1, difference: 0, disagreement: 0.2 },
    { margin: 0.05, difference: -0.2, disagreement: 0.3 },
    { margin: 0, difference: 0.1, disagreement: 0.2 },
  ])("ends at the unit and with the verdict of decide: %j", ({ margin, ...scenario }) => {
    const random = seededRandom(8);
    for (let rollout = 0; rollout < 5; rollout++) {
      const differences = Array.from({ length: limit }, () => draw(scenario, random));
      let unit = 0;
      const simulated = simulate(() => differences[unit++]!, { margin, alpha: ALPHA, limit });
      expect(asDecided(differences, margin)).toEqual(simulated);
    }
  });

  test("pools as merge does", () => {
    const random = seededRandom(9);
    const nodes = [0, 1].map(() =>
      Array.from({ length: 60 }, () => draw({ difference: 0, disagreement: 0.1 }, random)),
    );
    const apart = merge(nodes.map((seen) => seen.reduce(observe, NOTHING)));
    expect(apart).toEqual(nodes.flat().reduce(observe, NOTHING));
  });

  test("draws what the scenario says", () => {
    const random = seededRandom(10);
    const drawn = Array.from({ length: 40_000 }, () => draw({ difference: -0.05, disagreement: 0.2 }, random));
    const share = (value: number): number => drawn.filter((difference) => difference === value).length / drawn.length;
    expect(share(1)).toBeCloseTo(0.075, 2);
    expect(share(-1)).toBeCloseTo(0.125, 2);
    expect(share(0)).toBeCloseTo(0.8, 2);
  });

  test("repeats itself from the same seed and not from another", () => {
    const first = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed));
    expect(first(1)).toEqual(first(1));
    expect(first(1)).not.toEqual(first(2));
  });
});

describe("power", () => {
  const test05 = { margin: 0.05, alpha: ALPHA, limit: 3000 };

  test("equal models that disagree on a tenth pass a margin of five points, half of them within 350 units", () => {
    const worth = power({ difference: 0, disagreement: 0.1 }, test05, 500, seededRandom(11));
    expect(worth.succeeded).toBeGreaterThan(0.99);
    expect(worth.medianSamples).toBeGreaterThan(200);
    expect(worth.medianSamples).toBeLessThan(350);
    expect(worth.ninetiethSamples).toBeLessThan(900);
  });

  test("a candidate far below the margin fails every time", () => {
    const worth = power({ difference: -0.3, disagreement: 0.3 }, test05, 200, seededRandom(12));
    expect(worth).toEqual({ succeeded: 0, failed: 1, medianSamples: null, ninetiethSamples: null });
  });

  test.each([
    [{ difference: 0.3, disagreement: 0.2 }, "difference is 0.3; expected a number from -0.2 to 0.2"],
    [{ difference: 0, disagreement: 1.2 }, "disagreement is 1.2; expected a number from 0 to 1"],
  ])("refuses %j", (scenario, message) => {
    expect(() => power(scenario, test05, 1, seededRandom(1))).toThrow(message);
  });
});
