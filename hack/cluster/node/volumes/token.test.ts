import { expect, test } from "@jest/globals";
import { untilRenewal } from "./token.ts";

const issued = new Date("2026-01-01T00:00:00Z");
const hours = (count: number) => new Date(issued.getTime() + count * 3_600_000);

test.each([
  ["after four fifths of its life", hours(1), 0.8 * 3_600_000],
  ["daily at the latest", hours(1000), 24 * 3_600_000],
  ["not all the time, if the clocks differ", hours(-1), 1_000],
])("a token is renewed %s", (_, expires, expected) => {
  expect(untilRenewal(issued, expires)).toBe(expected);
});
