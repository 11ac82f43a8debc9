import { expect, test } from "@jest/globals";
import { cosine, relativeDifference } from "./compare.ts";

test.each([
  { name: "equal values differ by nothing", ours: [1, -2], theirs: [1, -2], difference: 0, angle: 1 },
  { name: "zeros equal zeros", ours: [0, 0], theirs: [0, 0], difference: 0, angle: 1 },
  {
    name: "a difference is relative to the largest value",
    ours: [1, 10],
    theirs: [2, 10],
    difference: 0.1,
    angle: 102 / Math.sqrt(101 * 104),
  },
  { name: "something is infinitely far from nothing", ours: [1], theirs: [0], difference: Infinity, angle: NaN },
  { name: "NaN is never close", ours: [NaN, 1], theirs: [1, 1], difference: NaN, angle: NaN },
  { name: "other shapes are never close", ours: [1], theirs: [1, 1], difference: NaN, angle: NaN },
])("$name", ({ ours, theirs, difference, angle }) => {
  expect(relativeDifference(ours, theirs)).toBe(difference);
  expect(cosine(ours, theirs)).toBe(angle);
});
