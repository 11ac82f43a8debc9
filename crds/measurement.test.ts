import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { decimal, measurementOf } from "./measurement.ts";
import { Measurement } from "./shared.ts";

test.each([
  [0.05, 4, "0.05"],
  [1, 4, "1"],
  [100, 0, "100"],
  [-0.00001, 4, "0"],
  [1200, 4, "1200"],
  [12.3456, 2, "12.35"],
  [10.5, 4, "10.5"],
])("%d to %i places is %j", (value, places, text) => {
  expect(decimal(value, places)).toBe(text);
});

test("a number is one that the API takes, and off by half of its last place at most", () => {
  const { value } = Measurement.shape;
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: 0, max: 6 }), (number, places) => {
      const text = decimal(number, places);
      expect(value.safeParse(text).success).toBe(true);
      expect(Math.abs(Number(text) - number)).toBeLessThanOrEqual(0.5 * 10 ** -places * (1 + 1e-3));
    }),
  );
});

test("a metric of which nothing was seen has a bound and no value", () => {
  const decision = { estimate: null, lower: -1, upper: 1, limit: -0.05, n: 0, verdict: "Inconclusive" } as const;
  const message = "x".repeat(2000);
  expect(measurementOf({ metric: "ProbeIdentity", decision: { ...decision, message } })).toEqual({
    metric: "ProbeIdentity",
    bound: "-0.05",
    n: 0,
    verdict: "Inconclusive",
    message: "x".repeat(1024),
  });
});
