import { describe, expect, test } from "@jest/globals";
import { tableOf } from "./report.ts";
import { atLeast, atMost, meetsGoal, ratioAtLeast, ratioAtMost, row } from "./row.ts";

describe("the row of a bench", () => {
  test.each([
    [
      "a time below its part of the baseline's meets its goal",
      row("", "s", 6, { baseline: 10, goal: ratioAtMost(0.7) }),
      true,
    ],
    ["a time above it misses it", row("", "s", 8, { baseline: 10, goal: ratioAtMost(0.7) }), false],
    ["a rate above the baseline's meets its goal", row("", "MB/s", 3, { baseline: 2, goal: ratioAtLeast(1) }), true],
    ["memory above a bound misses it", row("", "MiB", 207, { baseline: 50, goal: atMost(200) }), false],
    ["a share at its bound meets it", row("", "share", 0.99, { goal: atLeast(0.99) }), true],
    [
      "a goal of a ratio is open where the baseline was not measured",
      row("", "s", 6, { goal: ratioAtMost(1) }),
      undefined,
    ],
    ["a row without a goal has none to meet", row("", "s", 6), undefined],
  ])("%s", (_, given, met) => expect(meetsGoal(given)).toBe(met));

  test("keeps three digits of what was measured, and of the ratio of the measurements", () =>
    expect(row("", "s", 1.23456, { baseline: 3.98765 })).toMatchObject({ value: 1.23, baseline: 3.99, ratio: 0.31 }));

  test("says zero as zero, and nothing as nothing", () => {
    expect(row("", "requests", 0).value).toBe(0);
    expect(row("", "units", null, { baseline: 3 })).toMatchObject({ value: null, baseline: 3, ratio: null });
  });
});

test("a table tells each row, and whether it is as it should be", () => {
  const rows = [
    row("parse", "MB/s", 30, { baseline: 20, goal: ratioAtLeast(1) }),
    row("peak memory", "MiB", 120),
    row("step", "ms", 700, { baseline: 500, goal: ratioAtMost(1.2) }),
  ];
  expect(tableOf(rows, "Python")).toBe(
    [
      "             ours  unit  Python  ratio  goal",
      "parse          30  MB/s      20    1.5  ratio >= 1 met",
      "peak memory   120  MiB        -      -",
      "step          700  ms       500    1.4  ratio <= 1.2 missed",
    ].join("\n"),
  );
});
