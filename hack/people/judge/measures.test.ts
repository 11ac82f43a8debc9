import { describe, expect, test } from "@jest/globals";
import { distanceOf, equalErrorRate, type Pair, pairsOf, rankOne, trueAcceptRate } from "./measures.ts";

const same = (...distances: number[]): Pair[] => distances.map((distance) => ({ distance, same: true }));
const other = (...distances: number[]): Pair[] => distances.map((distance) => ({ distance, same: false }));
const face = (person: string, ...embedding: number[]) => ({ person, embedding: Float32Array.from(embedding) });

describe("the equal error rate", () => {
  test.each<[string, Pair[], number]>([
    ["is 0 when people are apart", [...same(0.1, 0.2), ...other(0.8, 0.9)], 0],
    ["is a quarter when one of four is swapped", [...same(0.1, 0.2, 0.3, 0.7), ...other(0.4, 0.8, 0.9, 1)], 0.25],
    ["is 1 when all are swapped", [...same(0.8, 0.9), ...other(0.1, 0.2)], 1],
  ])("%s", (_, pairs, rate) => {
    expect(equalErrorRate(pairs).rate).toBeCloseTo(rate, 6);
  });
});

test("the true accept rate counts genuine pairs below the allowed false alarms", () => {
  const pairs = [...same(0.1, 0.2, 0.35, 0.5), ...other(0.3, 0.4, 0.6, 0.7)];
  expect(trueAcceptRate(pairs, 0)).toBe(0.5);
  expect(trueAcceptRate(pairs, 0.25)).toBe(0.75);
  expect(trueAcceptRate(pairs, 1)).toBe(1);
});

test("rank-1 asks whether the nearest in the gallery is the same person", () => {
  const gallery = [face("ada", 0, 0), face("bo", 1, 0)];
  expect(rankOne(gallery, [face("ada", 0.1, 0), face("bo", 0.9, 0.3), face("bo", 0.2, 0)])).toBeCloseTo(2 / 3, 6);
});

test("every two faces make a pair, once", () => {
  const pairs = pairsOf([face("ada", 0, 0), face("ada", 3, 4), face("bo", 0, 1)]);
  expect(pairs.map((pair) => pair.same)).toEqual([true, false, false]);
  expect(pairs[0]!.distance).toBe(5);
  expect(distanceOf(Float32Array.of(1, 1), Float32Array.of(1, 3))).toBe(2);
});
