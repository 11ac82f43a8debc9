import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { overlap } from "./geometry.ts";
import { suppress } from "./nms.ts";

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const found = fc.array(
  fc.record({
    score: unit,
    box: fc.record({ x: unit, y: unit, width: fc.double({ min: 0.05, max: 1, noNaN: true }), height: unit }),
  }),
  { maxLength: 30 },
);

test("what stays does not overlap, and what goes overlaps something better that stays", () => {
  fc.assert(
    fc.property(found, unit, (all, limit) => {
      const kept = suppress(all, limit);
      const covers = (better: (typeof kept)[0], worse: (typeof kept)[0]) => overlap(better.box, worse.box) > limit;
      kept.forEach((one, k) => expect(kept.slice(0, k).some((better) => covers(better, one))).toBe(false));
      const gone = all.filter((one) => !kept.includes(one));
      expect(gone.every((one) => kept.some((better) => better.score >= one.score && covers(better, one)))).toBe(true);
      expect(kept.map(({ score }) => score)).toEqual(kept.map(({ score }) => score).toSorted((a, b) => b - a));
    }),
  );
});

test("suppressing twice changes nothing", () => {
  fc.assert(
    fc.property(found, unit, (all, limit) => {
      const once = suppress(all, limit);
      expect(suppress(once, limit)).toEqual(once);
    }),
  );
});
