import { describe } from "@jest/globals";
import { apply, type Attributes, type Input, type Value } from "../../graph/expression.ts";
import { integers, number, numbers } from "../../graph/literals.ts";
import { checkDifferences, type Slope } from "../oracle/check-differences.ts";
import { checkRules, type Story } from "../oracle/check-rules.ts";

const toSize =
  (sizes: readonly number[], attributes: Attributes) =>
  (x: Input): Value =>
    apply("Resize", [x, undefined, undefined, integers(sizes)], attributes);

const byScale =
  (scales: readonly number[], attributes: Attributes) =>
  (x: Input): Value =>
    apply("Resize", [x, undefined, numbers("float32", [scales.length], scales)], attributes);

const pad =
  (pads: readonly number[], mode: string, fill?: number) =>
  (x: Input): Value =>
    apply("Pad", [x, integers(pads), ...(fill === undefined ? [] : [number(x.type!, fill)])], { mode });

const asymmetric = { coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
const linear = { mode: "linear", coordinate_transformation_mode: "half_pixel" };

const stories: readonly Story[] = [
  { name: "Resize to the nearest, twice as large", of: byScale([1, 1, 2, 2], asymmetric), float32Only: true },
  { name: "Resize to the nearest, smaller", of: toSize([1, 1, 2, 3], asymmetric), float32Only: true },
  {
    name: "Resize to the nearest center",
    of: toSize([1, 1, 3, 5], { nearest_mode: "round_prefer_ceil" }),
    float32Only: true,
  },
  { name: "Resize linearly", of: toSize([1, 2, 5, 3], linear), float32Only: true },
  {
    name: "Resize linearly with corners aligned",
    of: toSize([1, 1, 5, 3], { mode: "linear", coordinate_transformation_mode: "align_corners" }),
    float32Only: true,
  },
  { name: "Resize linearly in one dimension", of: byScale([1, 1, 2], linear), float32Only: true },
  { name: "Resize linearly in three dimensions", of: toSize([1, 1, 2, 3, 4], linear), float32Only: true },
  {
    name: "Resize by cubics",
    of: toSize([1, 1, 6, 3], { mode: "cubic", coordinate_transformation_mode: "pytorch_half_pixel" }),
    float32Only: true,
  },
  { name: "Pad by a constant", of: pad([0, 0, 1, 0, 1, 2], "constant", 3) },
  { name: "Pad that cuts off", of: pad([0, -1, 0, 1], "constant") },
  { name: "Pad that reflects", of: pad([0, 0, 2, 1, 0, 0, 0, 2], "reflect") },
  { name: "Pad that repeats the edge", of: pad([0, 0, 0, 1, 0, 0, 1, 2], "edge") },
  { name: "Pad that wraps around", of: pad([0, 0, 1, 0, 0, 2], "wrap"), opset: 19 },
];

const picture = { dims: [1, 1, 4, 3], values: [1, -2, 0.5, 3, -1, 2, 0, 4, -3, 1.5, 2.5, -0.5] };
const row = { dims: [1, 4], values: [1, -2, 0.5, 3] };

const slopes: readonly Slope[] = ["not_larger", "not_smaller"].flatMap((keep_aspect_ratio_policy) =>
  ["nearest", "linear"].map((mode): Slope => ({
    name: `Resize (${mode}) that keeps proportions, ${keep_aspect_ratio_policy} than asked for`,
    at: { x: picture },
    of: toSize([7, 8], { mode, keep_aspect_ratio_policy, axes: [2, 3] }),
    linear: true,
  })),
);

const paddings: readonly Slope[] = [
  ...["edge", "reflect", "wrap"].map((mode): Slope => ({
    name: `Pad (${mode}) that cuts off the front before it looks for what to repeat`,
    at: { x: row },
    of: pad([0, -2, 0, 1], mode),
    opset: 19,
  })),
  {
    name: "Pad by a number that is wanted, too",
    at: { x: row, fill: { dims: [], values: [3] } },
    of: (x, fill) => apply("Pad", [x, integers([1, -1, 0, 2]), fill]),
  },
];

describe("resampling", () => {
  checkRules("resampling", stories);
  checkDifferences([...slopes, ...paddings]);
});
