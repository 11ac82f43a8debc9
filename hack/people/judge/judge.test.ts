import { expect, test } from "@jest/globals";
import { judge } from "./judge.ts";
import { holds } from "./report.ts";
import { SEEDS } from "./seeds.ts";

test("pretrained networks find drawn people and tell a few of them apart", async () => {
  const { a, answers } = await judge({ people: { a: 5, b: 3 }, firstSeed: SEEDS.tuning.first });
  const figure = (name: string): number => a.find((candidate) => candidate.name === name)!.value;
  expect(answers.a).toHaveLength(5 * 6);
  expect(answers.b).toHaveLength(3 * 7);
  expect(figure("found, score above .5")).toBeGreaterThan(70);
  expect(figure("rank-1 from one picture")).toBeGreaterThan(90);
  expect(figure("median distance, same person")).toBeLessThan(figure("median distance, two people"));
}, 120_000);

test.each([
  ["at least", 97, 97, true],
  ["at least", 97, 96.9, false],
  ["at most", 3, 3, true],
  ["at most", 3, 3.1, false],
] as const)("a floor of %s %p with a value of %p holds: %p", (direction, floor, value, expected) => {
  expect(holds({ name: "figure", unit: "%", value, floor, direction })).toBe(expected);
});

test("the people of tuning, cast and judging are different people", () => {
  const ranges = Object.values(SEEDS).sort((a, b) => a.first - b.first);
  ranges.slice(1).forEach(({ first }, index) => expect(first).toBeGreaterThan(ranges[index]!.last));
});
