import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { backOff, kubeletBackoff, noBackoff } from "./backoff.ts";

function waits(runs: number[]): number[] {
  let state = noBackoff;
  return runs.map((ran) => {
    const next = backOff(state, ran, kubeletBackoff);
    state = next.state;
    return next.waitMilliseconds / 1000;
  });
}

test.each([
  [
    "the first restart is immediate, and each later one waits twice as long, up to five minutes",
    [1, 1, 1, 1, 1, 1, 1, 1],
    [0, 10, 20, 40, 80, 160, 300, 300],
  ],
  ["ten minutes without a crash are forgiven", [1, 1, 1, 600_000, 1], [0, 10, 20, 0, 10]],
  ["nine are not", [1, 1, 1, 540_000, 1], [0, 10, 20, 40, 80]],
])("%s", (_, runs, expected) => {
  expect(waits(runs)).toEqual(expected);
});

test("no wait is longer than the longest", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000_000)), (runs) => {
      for (const wait of waits(runs)) expect(wait).toBeLessThanOrEqual(300);
    }),
  );
});
