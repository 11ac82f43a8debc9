import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Pace } from "./pace.ts";

function taken(times: readonly number[], perSecond: number): number[] {
  const pace = new Pace(perSecond);
  return times.filter((time) => pace.takes(time));
}

const steady = (perSecond: number, seconds: number) =>
  Array.from({ length: perSecond * seconds }, (_, index) => (index * 1000) / perSecond);

describe("the pace of a camera", () => {
  test.each([
    [25, 10],
    [30, 12],
    [10, 10],
    [5, 10],
    [60, 50],
  ])("of %i frames a second is held to %i, and not to less than it gives", (gives, limit) => {
    expect(taken(steady(gives, 20), limit).length / 20).toBeCloseTo(Math.min(gives, limit), 0);
  });

  test("does not drop every other frame of a camera that is a little early", () => {
    const times = steady(10, 20).map((time, index) => time + (index % 2 === 0 ? 0 : -8));
    expect(taken(times, 10)).toEqual(times);
  });

  test("takes no burst to make up for a pause", () => {
    const burst = Array.from({ length: 50 }, (_, index) => 10_000 + index);
    expect(taken([0, ...burst], 10).length).toBeLessThanOrEqual(3);
  });

  test("never exceeds its rate by more than one frame over any second, whatever comes", () => {
    const gaps = fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { maxLength: 200 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 60 }), (waits, limit) => {
        let now = 0;
        const times = taken(
          waits.map((wait) => (now += wait)),
          limit,
        );
        for (const [index, start] of times.entries()) {
          const within = times.slice(index).filter((time) => time < start + 1000).length;
          expect(within).toBeLessThanOrEqual(limit + 2);
        }
      }),
    );
  });
});
