import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cropBox, cropPoints, letterbox } from "./crop.ts";
import { boundsOf, centerOf, isWithin, overlap, squareAround, type Box, type FivePoints } from "./geometry.ts";
import { invert, transform } from "./similarity.ts";

const pixels = fc.double({ min: 1, max: 2000, noNaN: true });
const box: fc.Arbitrary<Box> = fc.record({ x: pixels, y: pixels, width: pixels, height: pixels });
const input = { width: 224, height: 224 };
const corner = { x: input.width, y: input.height };

describe("a crop", () => {
  test("by letterbox shows the whole box from its upper left corner on", () => {
    fc.assert(
      fc.property(box, (whole) => {
        const crop = letterbox(whole, input);
        const end = transform(crop, corner);
        expect(transform(crop, { x: 0, y: 0 })).toEqual({ x: whole.x, y: whole.y });
        expect(Math.min(end.x - whole.x - whole.width, end.y - whole.y - whole.height)).toBeCloseTo(0, 6);
      }),
    );
  });

  test("by box is centered on it and as large as its longer side with the margin", () => {
    fc.assert(
      fc.property(box, fc.double({ min: 0, max: 1, noNaN: true }), (face, margin) => {
        const crop = cropBox(face, margin, input);
        const middle = transform(crop, { x: input.width / 2, y: input.height / 2 });
        expect(middle.x).toBeCloseTo(centerOf(face).x, 6);
        expect(middle.y).toBeCloseTo(centerOf(face).y, 6);
        expect(crop.a * input.width).toBeCloseTo(Math.max(face.width, face.height) * (1 + 2 * margin), 6);
      }),
    );
  });

  test("by points brings them to the template when the face is only moved, turned and scaled", () => {
    const template: FivePoints = [at(0.34, 0.46), at(0.66, 0.46), at(0.5, 0.64), at(0.37, 0.82), at(0.63, 0.82)];
    const motion = fc.record({ a: pixels, b: pixels, x: pixels, y: pixels });
    fc.assert(
      fc.property(motion, (moved) => {
        const points = template.map(({ x, y }) =>
          transform(moved, { x: x * 112, y: y * 112 }),
        ) as unknown as FivePoints;
        const crop = cropPoints(points, template, { width: 112, height: 112 })!;
        for (const [k, point] of points.entries()) {
          const placed = transform(invert(crop), point);
          expect(placed.x).toBeCloseTo(template[k]!.x * 112, 4);
          expect(placed.y).toBeCloseTo(template[k]!.y * 112, 4);
        }
      }),
    );
  });

  test("by points that coincide is none", () => {
    const point = at(5, 5);
    expect(cropPoints([point, point, point, point, point], [at(0, 0), at(1, 0), point, point, point], input)).toBe(
      undefined,
    );
  });
});

test.each([
  ["the same boxes", at(0, 0, 10, 10), at(0, 0, 10, 10), 1],
  ["boxes apart", at(0, 0, 10, 10), at(20, 0, 10, 10), 0],
  ["boxes that touch", at(0, 0, 10, 10), at(10, 0, 10, 10), 0],
  ["half a box", at(0, 0, 10, 10), at(5, 0, 5, 10), 0.5],
  ["boxes without area", at(0, 0, 0, 0), at(0, 0, 0, 0), 0],
])("the overlap of %s", (_, a, b, wanted) => {
  expect(overlap(a, b)).toBeCloseTo(wanted, 12);
});

test("a square around a face has its center", () => {
  expect(squareAround({ x: 10, y: 10, width: 10, height: 20 }, 0.5)).toEqual({ x: -5, y: 0, width: 40, height: 40 });
});

test("the bounds of regions hold each of them and stay in the picture", () => {
  const percent = fc.integer({ min: 0, max: 98 });
  const region = fc.tuple(percent, percent, percent, percent).map(([x, y, u, v]) => ({
    x: x / 100,
    y: y / 100,
    width: Math.max(1, (u * (100 - x)) / 100) / 100,
    height: Math.max(1, (v * (100 - y)) / 100) / 100,
  }));
  const image = { width: 640, height: 360 };
  fc.assert(
    fc.property(fc.array(region, { maxLength: 4 }), (regions) => {
      const bounds = boundsOf(regions, image);
      expect(bounds.x).toBeGreaterThanOrEqual(0);
      expect(bounds.y).toBeGreaterThanOrEqual(0);
      expect(bounds.width).toBeGreaterThan(0);
      expect(bounds.height).toBeGreaterThan(0);
      expect(bounds.x + bounds.width).toBeLessThanOrEqual(image.width);
      expect(bounds.y + bounds.height).toBeLessThanOrEqual(image.height);
      for (const { x, y, width, height } of regions) {
        const middle = { x: (x + width / 2) * image.width, y: (y + height / 2) * image.height };
        expect(isWithin(middle, regions, image)).toBe(true);
        expect(middle.x).toBeGreaterThanOrEqual(bounds.x);
        expect(middle.x).toBeLessThanOrEqual(bounds.x + bounds.width);
      }
    }),
  );
});

function at(x: number, y: number, width = 0, height = 0): Box {
  return { x, y, width, height };
}
