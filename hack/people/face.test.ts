import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  drawFace,
  drawIdentity,
  drawView,
  createRandom,
  expressions,
  type Expression,
  type Picture,
} from "./people.ts";

const SIZE = { width: 96, height: 96 };

function draw(seed: number, name: Expression = "neutral", strength = 1, viewSeed = 7): Picture {
  const view = drawView(createRandom(viewSeed), SIZE);
  return drawFace({ identity: drawIdentity(seed), expression: { name, strength }, view, size: SIZE, seed: 3 });
}

/** The mean difference of two pictures, in steps of 0 to 255. */
function difference(a: Picture, b: Picture): number {
  return a.rgb.reduce((sum, value, index) => sum + Math.abs(value - b.rgb[index]!), 0) / a.rgb.length;
}

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

describe("a drawn face", () => {
  test("comes out the same from the same seed, byte by byte", () => {
    fc.assert(
      fc.property(seeds, seeds, fc.constantFrom(...expressions), (seed, viewSeed, name) => {
        expect(draw(seed, name, 1, viewSeed).rgb).toEqual(draw(seed, name, 1, viewSeed).rgb);
      }),
      { numRuns: 5 },
    );
  });

  test("has its five points within the picture and within its box", () => {
    fc.assert(
      fc.property(seeds, seeds, fc.constantFrom(...expressions), (seed, viewSeed, name) => {
        const { box, points } = draw(seed, name, 1, viewSeed).truth;
        for (const [x, y] of points) {
          expect(x).toBeGreaterThanOrEqual(Math.max(0, box.x));
          expect(x).toBeLessThanOrEqual(Math.min(SIZE.width, box.x + box.width));
          expect(y).toBeGreaterThanOrEqual(Math.max(0, box.y));
          expect(y).toBeLessThanOrEqual(Math.min(SIZE.height, box.y + box.height));
        }
      }),
      { numRuns: 20 },
    );
  });

  test("has its eyes above its nose, its nose above its mouth, and left before right", () => {
    const [leftEye, rightEye, nose, mouthLeft, mouthRight] = draw(1).truth.points;
    expect(leftEye[0]).toBeLessThan(rightEye[0]);
    expect(mouthLeft[0]).toBeLessThan(mouthRight[0]);
    expect(nose[1]).toBeGreaterThan(Math.max(leftEye[1], rightEye[1]));
    expect(nose[1]).toBeLessThan(Math.min(mouthLeft[1], mouthRight[1]));
  });

  test.each(expressions)("is neutral when it is %s with no strength", (name) => {
    expect(draw(11, name, 0).rgb).toEqual(draw(11, "neutral", 1).rgb);
  });

  test.each(expressions.filter((name) => name !== "neutral"))("changes when it turns %s", (name) => {
    expect(difference(draw(11, name), draw(11))).toBeGreaterThan(0.15);
  });

  test("differs between two people more than the noise of the sensor", () => {
    const people = [1, 2, 3, 4, 5].map((seed) => draw(seed));
    for (const [index, person] of people.entries()) {
      for (const other of people.slice(index + 1)) expect(difference(person, other)).toBeGreaterThan(4);
    }
  });

  test("turns to the right of the picture with a positive yaw", () => {
    const view = { ...drawView(createRandom(1), SIZE, { nuisance: 0 }), yaw: 0.25 };
    const identity = drawIdentity(4);
    const felt = { name: "neutral", strength: 1 } as const;
    const { points } = drawFace({ identity, expression: felt, view, size: SIZE, seed: 1 }).truth;
    const middle = (points[0][0] + points[1][0]) / 2;
    expect(points[2][0]).toBeGreaterThan(middle);
  });
});

describe("an identity", () => {
  test("is plain data that survives JSON", () => {
    fc.assert(
      fc.property(seeds, (seed) => expect(JSON.parse(JSON.stringify(drawIdentity(seed)))).toEqual(drawIdentity(seed))),
    );
  });

  test("never has its mouth below its chin", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { skull, nose, mouth } = drawIdentity(seed);
        expect(skull.chin).toBeGreaterThan(nose.length + mouth.drop + 0.3);
      }),
    );
  });
});
