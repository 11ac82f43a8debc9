import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { fitSimilarity, invert, scaleOf, transform, type Similarity } from "./similarity.ts";

const number = fc.double({ min: -100, max: 100, noNaN: true });
const point = fc.record({ x: number, y: number });
const similarity = fc
  .record({ turn: fc.double({ min: -3, max: 3, noNaN: true }), scale: fc.double({ min: 0.1, max: 10, noNaN: true }) })
  .chain(({ turn, scale }) =>
    fc.record({
      a: fc.constant(scale * Math.cos(turn)),
      b: fc.constant(scale * Math.sin(turn)),
      x: number,
      y: number,
    }),
  );

function expectNear(found: Similarity, wanted: Similarity): void {
  for (const name of ["a", "b", "x", "y"] as const) expect(found[name]).toBeCloseTo(wanted[name], 5);
}

test("a similarity and its inverse leave every point where it was", () => {
  fc.assert(
    fc.property(similarity, point, (there, from) => {
      const back = transform(invert(there), transform(there, from));
      expect(back.x).toBeCloseTo(from.x, 5);
      expect(back.y).toBeCloseTo(from.y, 5);
    }),
  );
});

test("a fit finds the similarity that moved the points", () => {
  const points = fc.array(point, { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(similarity, points, (wanted, from) => {
      fc.pre(from.some(({ x, y }) => Math.hypot(x - from[0]!.x, y - from[0]!.y) > 1));
      const to = from.map((point) => transform(wanted, point));
      expectNear(fitSimilarity(from, to)!, wanted);
    }),
  );
});

test("a fit to moved points is no worse than any similarity near it", () => {
  const points = fc.array(fc.tuple(point, point), { minLength: 3, maxLength: 6 });
  const nudge = fc.double({ min: -0.05, max: 0.05, noNaN: true });
  fc.assert(
    fc.property(points, fc.tuple(nudge, nudge, nudge, nudge), (pairs, [a, b, x, y]) => {
      const from = pairs.map(([point]) => point);
      const to = pairs.map(([, point]) => point);
      const best = fitSimilarity(from, to);
      fc.pre(best !== undefined);
      const error = (map: Similarity) =>
        from.reduce((sum, point, k) => {
          const moved = transform(map, point);
          return sum + (moved.x - to[k]!.x) ** 2 + (moved.y - to[k]!.y) ** 2;
        }, 0);
      const near = { a: best.a + a, b: best.b + b, x: best.x + x, y: best.y + y };
      expect(error(best)).toBeLessThanOrEqual(error(near) * (1 + 1e-9) + 1e-9);
    }),
  );
});

test("points that coincide fit nothing", () => {
  const same = [0, 1, 2].map(() => ({ x: 3, y: 4 }));
  const apart = [0, 1, 2].map((k) => ({ x: k, y: k }));
  expect(fitSimilarity(same, apart)).toBeUndefined();
  expect(fitSimilarity(apart, same)).toBeUndefined();
});

test("the scale is the length of what was one long", () => {
  expect(scaleOf({ a: 3, b: 4, x: 9, y: 9 })).toBe(5);
});
