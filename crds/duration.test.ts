import { expect, test } from "@jest/globals";
import { milliseconds } from "./duration.ts";

test.each([
  ["250ms", 250],
  ["90s", 90_000],
  ["5m", 300_000],
  ["1h30m", 5_400_000],
  ["1m30s500ms", 90_500],
])("%s is %i milliseconds", (duration, expected) => {
  expect(milliseconds(duration)).toBe(expected);
});

test.each(["", "5", "5 m", "m", "-5m", "1.5h", "5mm"])("%p is refused", (text) => {
  expect(() => milliseconds(text)).toThrow(/is no duration/);
});
