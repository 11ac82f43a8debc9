import { describe, expect, test } from "@jest/globals";
import type { FaceObservation } from "../analysis.ts";
import { ConsistentReading } from "./consistency.ts";
import { TrackReading, type Match } from "./reading.ts";

const labels = ["neutral", "happy", "sad"];

/** One person at 0 on a line of one-dimensional embeddings, another at 10; strangers elsewhere. */
const match: Match = ([at]) => {
  const near = [["ann", 0] as const, ["ben", 10] as const].find(([, place]) => Math.abs(at! - place) <= 2);
  return near ? { known: true, person: near[0], distance: Math.abs(at! - near[1]) } : { known: false };
};

function face({ at, look, sure = 0.8 }: { at?: number; look?: string; sure?: number }): FaceObservation {
  const probabilities = Float32Array.from(labels, (label) => (label === look ? sure : (1 - sure) / 2));
  return {
    box: { x: 0, y: 0, width: 1, height: 1 },
    score: 1,
    ...(at !== undefined && { embedding: Float32Array.of(at) }),
    ...(look !== undefined && { expression: { label: look, probability: sure, reported: sure > 0.5, probabilities } }),
  };
}

function read(faces: readonly FaceObservation[], using: Match | undefined = match): TrackReading {
  const reading = new TrackReading(using);
  for (const each of faces) reading.add(each);
  return reading;
}

function compare(faces: readonly (FaceObservation | undefined)[], using: Match | undefined = match): ConsistentReading {
  const reading = new ConsistentReading(using);
  for (const each of faces) reading.add(each);
  return reading;
}

describe("the identity of a track", () => {
  test.each([
    ["is not said after two frames", [0, 0], undefined],
    ["is said after three", [0, 1, -1], { known: true, person: "ann", distance: 0 }],
    [
      "is of the mean, though no frame alone is near enough to be sure",
      [-3, 3, 0],
      { known: true, person: "ann", distance: 0 },
    ],
    ["is nobody's when the mean is far from everybody", [5, 5, 5], { known: false }],
    ["is not taken over by one frame that looks like another", [0, 0, 0, 0, 0, 10], { known: true, person: "ann" }],
  ])("%s", (_, places, identity) => {
    const said = read(places.map((at) => face({ at }))).identity;
    if (identity === undefined) expect(said).toBeUndefined();
    else expect(said).toMatchObject(identity);
  });

  test("is consistent in the part of its frames that agree with it, and a missed face does not agree", () => {
    expect(compare([face({ at: 0 }), face({ at: 0 }), face({ at: 5 }), undefined]).identityConsistency).toBe(0.5);
  });

  test("is never inferred from frames without embeddings", () => {
    const reading = compare([face({}), face({}), face({})]);
    expect([reading.identity, reading.identityConsistency]).toEqual([undefined, undefined]);
  });

  test("is not said while there is no gallery to compare with, and said once there is", () => {
    let loaded = false;
    const reading = read([face({ at: 0 }), face({ at: 0 }), face({ at: 0 })], (at) => (loaded ? match(at) : undefined));
    expect(reading.identity).toBeUndefined();
    loaded = true;
    expect(reading.identity).toMatchObject({ person: "ann" });
  });

  test("follows a track that was taken over by another person within a few seconds of frames", () => {
    const places = [...Array.from({ length: 500 }, () => 0), ...Array.from({ length: 150 }, () => 10)];
    expect(read(places.map((at) => face({ at }))).identity).toMatchObject({ person: "ben" });
  });
});

describe("the expression of a track", () => {
  test.each([
    ["is not said on one frame", ["happy"], undefined],
    ["is said on two", ["happy", "happy"], "happy"],
    ["does not flicker with one frame", ["happy", "happy", "sad", "happy"], "happy"],
    ["changes when another leads for long enough", ["happy", "happy", "sad", "sad", "sad"], "sad"],
  ])("%s", (_, looks, label) => {
    expect(read(looks.map((look) => face({ look }))).expression?.label).toBe(label);
  });

  test("is not said below the threshold of the network", () => {
    expect(read([1, 2, 3].map(() => face({ look: "sad", sure: 0.45 }))).expression).toBeUndefined();
  });

  test("is consistent in the part of its frames that show what the frame before showed", () => {
    const looks = ["happy", "happy", "sad", "sad", "sad"];
    expect(compare(looks.map((look) => face({ look }))).expressionConsistency).toBe(0.75);
  });
});
