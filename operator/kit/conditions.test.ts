import { describe, expect, test } from "@jest/globals";
import {
  type Condition,
  findCondition,
  isReady,
  isTrue,
  markNotReady,
  markReady,
  markReconciling,
  markStalled,
  setCondition,
} from "./conditions.ts";

const START = Date.UTC(2026, 0, 1);
const LATER = START + 60_000;
const VERDICT = { reason: "Because", message: "it is so", generation: 3 };

function statuses(conditions: readonly Condition[]): Record<string, string> {
  return Object.fromEntries(conditions.map(({ type, status }) => [type, status]));
}

describe("a condition", () => {
  const before = setCondition(
    [],
    { type: "Fit", status: "True", reason: "A", message: "m", observedGeneration: 1 },
    START,
  );

  test("keeps the time of its last transition while its status stays, whatever else changes", () => {
    const after = setCondition(
      before,
      { type: "Fit", status: "True", reason: "B", message: "n", observedGeneration: 2 },
      LATER,
    );
    expect(after).toEqual([
      {
        type: "Fit",
        status: "True",
        reason: "B",
        message: "n",
        observedGeneration: 2,
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ]);
  });

  test("takes the time of its last transition when its status changes", () => {
    const after = setCondition(before, { type: "Fit", status: "False", reason: "B", message: "n" }, LATER);
    expect(findCondition(after, "Fit")?.lastTransitionTime).toBe("2026-01-01T00:01:00Z");
  });

  test("set again as it is changes nothing", () => {
    const { lastTransitionTime: _time, ...same } = before[0]!;
    expect(setCondition(before, same, LATER)).toEqual(before);
  });

  test("has a message that the API server takes", () => {
    const [condition] = setCondition(
      [],
      { type: "Fit", status: "True", reason: "A", message: "x".repeat(40_000) },
      START,
    );
    expect(condition!.message.length).toBe(32_768);
  });
});

describe("the verdict on an object", () => {
  test.each([
    ["ready", markReady, { Ready: "True" }],
    ["reconciling", markReconciling, { Ready: "Unknown", Reconciling: "True" }],
    ["stalled", markStalled, { Ready: "False", Stalled: "True" }],
    ["not ready", markNotReady, { Ready: "False" }],
  ] as const)("%s leaves no trace of the one before", (_name, mark, expected) => {
    for (const before of [markReady, markReconciling, markStalled, markNotReady]) {
      const after = mark(before([], VERDICT, START), VERDICT, LATER);
      expect(statuses(after)).toEqual(expected);
      expect(after.every(({ observedGeneration }) => observedGeneration === 3)).toBe(true);
    }
  });

  test("leaves other conditions alone, and puts its own first", () => {
    const others = setCondition([], { type: "Fit", status: "True", reason: "A", message: "m" }, START);
    expect(markStalled(others, VERDICT, LATER).map(({ type }) => type)).toEqual(["Ready", "Stalled", "Fit"]);
  });

  test("can be that an object which is being worked on is known not to be ready", () => {
    expect(statuses(markReconciling([], VERDICT, START, "False"))).toEqual({ Ready: "False", Reconciling: "True" });
  });

  test("counts as ready only for the spec that it speaks of", () => {
    const conditions = markReady([], VERDICT, START);
    expect([isReady(conditions, 3), isReady(conditions, 4), isReady(undefined, 1)]).toEqual([true, false, false]);
    expect([isTrue(conditions, "Ready"), isTrue(conditions, "Stalled")]).toEqual([true, false]);
  });
});
