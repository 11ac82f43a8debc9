import { describe, expect, test } from "@jest/globals";
import { createNoise } from "./noise.ts";
import { createRandom, deriveSeed } from "./random.ts";

describe("a source of chance", () => {
  test("repeats these numbers forever: drawn people depend on them", () => {
    const random = createRandom(42);
    expect([random.next(), random.next(), random.below(1000)].map((value) => Number(value.toFixed(6))))
      .toMatchInlineSnapshot(`
     [
       0.10367,
       0.426142,
       348,
     ]
    `);
  });

  test("is uniform, and normal where it says so", () => {
    const random = createRandom(7);
    const uniform = Array.from({ length: 20_000 }, () => random.uniform(2, 4));
    const normal = Array.from({ length: 20_000 }, () => random.normal(5, 2));
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(uniform)).toBeCloseTo(3, 1);
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...uniform)).toBeLessThan(4);
    expect(mean(normal)).toBeCloseTo(5, 1);
    expect(Math.max(...normal)).toBeLessThanOrEqual(5 + 2 * 1.9);
  });

  test("draws by weight", () => {
    const random = createRandom(9);
    const heads = Array.from({ length: 10_000 }, () =>
      random.weighted([
        ["heads", 3],
        ["tails", 1],
      ]),
    ).filter((side) => side === "heads");
    expect(heads.length / 10_000).toBeCloseTo(0.75, 1);
  });

  test("gives streams that do not depend on each other", () => {
    const seeds = new Set(Array.from({ length: 1000 }, (_, index) => deriveSeed(index, 1)));
    expect(seeds.size).toBe(1000);
    expect(deriveSeed(1, 2)).not.toBe(deriveSeed(2, 1));
  });
});

test("noise has about zero mean and unit deviation, and is continuous", () => {
  const noise = createNoise(3, { x: 5, y: 5 });
  const values = Array.from({ length: 10_000 }, (_, index) =>
    noise((index % 100) * 0.171, Math.floor(index / 100) * 0.173),
  );
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  expect(Math.abs(mean)).toBeLessThan(0.1);
  expect(deviation).toBeGreaterThan(0.8);
  expect(deviation).toBeLessThan(1.2);
  expect(Math.abs(noise(1, 1) - noise(1.0001, 1))).toBeLessThan(0.01);
});
