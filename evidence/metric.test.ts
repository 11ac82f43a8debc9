import { describe, expect, test } from "@jest/globals";
import { UNSEEN, pool, record, type MetricEvidence } from "./metric.ts";
import { decodeTally, encodeTally } from "./tally.ts";

type Unit = readonly [difference: number, subgroup?: string];
const seen = (...units: Unit[]): MetricEvidence => units.reduce((evidence, unit) => record(evidence, ...unit), UNSEEN);
const shown = ({ overall, subgroups }: MetricEvidence): Record<string, string> => ({
  overall: encodeTally(overall),
  ...Object.fromEntries([...subgroups].map(([label, tally]) => [label, encodeTally(tally)])),
});

describe("record", () => {
  test("counts a unit in the whole and in its subgroup", () => {
    const evidence = seen([1, "door"], [0, "dark"], [-1, "dark"], [0]);
    expect(shown(evidence)).toEqual({ overall: "-1:1 0:2 1:1", door: "1:1", dark: "-1:1 0:1" });
  });

  test("takes any label, also one that objects know already", () => {
    expect(seen([0, "constructor"], [1, "__proto__"]).subgroups.size).toBe(2);
  });

  test("refuses a difference that is none", () => {
    expect(() => record(UNSEEN, NaN, "dark")).toThrow("difference is NaN");
    expect(UNSEEN.subgroups.size).toBe(0);
  });
});

describe("pool", () => {
  const a = seen([1, "door"], [0, "dark"]);
  const b = seen([-1, "dark"], [0, "dark"]);

  test("adds up distinct units, and subgroups by their label", () => {
    expect(shown(pool([a, b], "DistinctUnits"))).toEqual({ overall: "-1:1 0:2 1:1", door: "1:1", dark: "-1:1 0:2" });
  });

  test("averages the same units, over the nodes that saw the subgroup", () => {
    expect(shown(pool([a, b], "SameUnits"))).toEqual({ overall: "-1:0.5 0:1 1:0.5", door: "1:1", dark: "-1:0.5 0:1" });
  });

  test("of nobody is nothing", () => {
    expect(pool([], "DistinctUnits")).toEqual(UNSEEN);
    expect(pool([], "SameUnits").overall).toEqual(decodeTally(""));
  });
});
