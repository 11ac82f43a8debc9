import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { attribute, type NodeCount } from "./attribution.ts";

type Row = { candidate: [number, number]; champion: [number, number]; pValue: number };
const { tables } = JSON.parse(readFileSync(new URL("oracle/values.json", import.meta.url), "utf8")) as {
  tables: Row[];
};

const of = ([failed, nodes]: readonly [number, number]): NodeCount => ({ failed, nodes });
const counts = fc
  .tuple(fc.nat(40), fc.nat(40))
  .map(([a, b]): NodeCount => ({ failed: Math.min(a, b), nodes: Math.max(a, b) }));

test.each(tables)("Fisher's exact test of $candidate against $champion agrees with scipy", (row) => {
  expect(attribute(of(row.candidate), of(row.champion), 0.05).pValue).toBeCloseTo(row.pValue, 9);
});

describe("who is to blame", () => {
  test.each([
    ["one canary failed and ten old nodes did not", [1, 1], [0, 10], "Release", "OnlyCandidateFailed"],
    ["one canary failed and the one old node did not", [1, 1], [0, 1], "Release", "OnlyCandidateFailed"],
    ["half of all nodes lost power", [2, 4], [5, 10], "Environment", "ChampionFailedToo"],
    ["most canaries failed and one old node of a hundred", [3, 5], [1, 100], "Release", "CandidateFailedMoreOften"],
    ["both canaries failed, and one of three old nodes", [2, 2], [1, 3], "Environment", "ChampionFailedToo"],
    ["every node is on the candidate already", [3, 8], [0, 0], "Unknown", "NoComparison"],
    ["no canary failed", [0, 5], [3, 5], "Unknown", "NothingFailed"],
    ["there are no nodes at all", [0, 0], [0, 0], "Unknown", "NothingFailed"],
  ] as const)("%s", (_, candidate, champion, cause, reason) => {
    expect(attribute(of(candidate), of(champion), 0.05)).toMatchObject({ cause, reason });
  });

  test("the message has both counts", () => {
    expect(attribute(of([3, 5]), of([1, 100]), 0.05).message).toBe(
      "nodes on the candidate failed more often: failed nodes candidate 3 of 5, old revision 1 of 100",
    );
  });

  test("the p-value is a probability, and a further failure of the candidate never lowers the suspicion", () => {
    fc.assert(
      fc.property(counts, counts, (candidate, champion) => {
        const { pValue } = attribute(candidate, champion, 0.05);
        expect(pValue).toBeGreaterThan(0);
        expect(pValue).toBeLessThanOrEqual(1);
        if (candidate.failed === candidate.nodes) return;
        const worse = attribute({ ...candidate, failed: candidate.failed + 1 }, champion, 0.05);
        expect(worse.pValue).toBeLessThanOrEqual(pValue + 1e-12);
      }),
    );
  });

  test.each([
    [{ nodes: 2, failed: 3 }, "candidate.failed is 3; expected a whole number from 0 to 2"],
    [{ nodes: NaN, failed: 0 }, "candidate.nodes is NaN"],
  ])("refuses %j by name and value", (candidate, message) => {
    expect(() => attribute(candidate, of([0, 1]), 0.05)).toThrow(message);
  });
});
