import { apply, type Value } from "../../graph/expression.ts";
import { integer, numbers } from "../../graph/literals.ts";
import {
  cast,
  concat,
  divide,
  equal,
  expand,
  multiply,
  reduce,
  reshape,
  slice,
  split,
  subtract,
  transpose,
  where,
} from "../../graph/operators.ts";
import { broadcasting, exact, flat, type Rule, type Rules } from "../rule.ts";
import type { Site } from "../site.ts";

/** The same elements in another shape. */
const reshaping: Rule = exact((site, x: Value) => [() => site.reshapeLike(site.dy, x)]);

/** Operators that only move or repeat elements, those that ask for shapes, and those that make values: noise is flat. */
export const shapes: Rules = {
  Identity: exact(({ dy }) => [() => dy]),
  Cast: exact(({ dy, typeOf }, x) => [() => cast(dy, typeOf(x))]),
  CastLike: exact(({ dy, typeOf }, x) => [() => cast(dy, typeOf(x))]),
  Dropout: exact((site) => [() => dropoutGradient(site)]),
  Reshape: reshaping,
  Flatten: reshaping,
  Squeeze: reshaping,
  Unsqueeze: reshaping,
  Transpose: exact((site, x) => [() => transpose(site.dy, inverse(site.ints("perm") ?? reversed(site.rankOf(x))))]),
  Expand: broadcasting(({ dy }) => [() => dy]),
  Tile: exact((site, x, repeats) => [() => tileGradient(site, x, site.integersOf(repeats, "repeats"))]),
  Concat: exact((site, ...inputs) => {
    const axis = site.axis(site.int("axis", 0), site.rankOf(site.y));
    const parts = split(site.dy, concatSizes(site, inputs, axis), axis, inputs.length, site.opset);
    return parts.map((part) => () => part);
  }),
  Split: { vjp: (site) => [() => splitGradient(site)], everyOutput: true },
  DepthToSpace: exact((site, x) => [() => depthToSpaceGradient(site, x)]),
  SpaceToDepth: exact((site) => [
    () => apply("DepthToSpace", [site.dy], { blocksize: site.int("blocksize", 1), mode: "DCR" }),
  ]),
  Trilu: exact((site, _, diagonal?: Value) => [
    () => apply("Trilu", diagonal === undefined ? [site.dy] : [site.dy, diagonal], { upper: site.int("upper", 1) }),
  ]),
  Range: exact((site, start, _, delta) => [
    () => site.reshapeLike(site.sum(site.dy, [0], false), start),
    null,
    () => site.reshapeLike(site.sum(multiply(site.dy, placesAlong(site)), [0], false), delta),
  ]),
  OneHot: exact((site, indices, depth) => [null, null, () => oneHotGradient(site, indices, depth)]),
  ...Object.fromEntries(
    [
      "Shape",
      "Size",
      "ConstantOfShape",
      "NonZero",
      "EyeLike",
      "RandomNormal",
      "RandomNormalLike",
      "RandomUniform",
      "RandomUniformLike",
      "Bernoulli",
      "Multinomial",
    ].map((name) => [name, flat]),
  ),
};

const reversed = (rank: number): readonly number[] => [...Array(rank).keys()].reverse();

function inverse(perm: readonly number[]): readonly number[] {
  const places = perm.map((axis, place) => [axis, place] as const);
  return places.sort(([a], [b]) => a - b).map(([, place]) => place);
}

/** Nothing is dropped unless the model trains; then its mask says what was. */
function dropoutGradient(site: Site): Value {
  const [, ratio, training] = site.application.inputs;
  if (training === undefined || site.integersOf(training, "training_mode")[0] === 0) return site.dy;
  const mask = site.application.results[1] ?? site.fail("it trains and its mask is left out");
  return divide(multiply(site.dy, cast(mask, site.typeOf(site.y))), keptShare(site, ratio));
}

/** How much is not dropped: half of all, if the model does not say. */
function keptShare(site: Site, ratio: Value | undefined): Value {
  const known = ratio === undefined ? 0.5 : site.valuesOf(ratio)?.[0];
  if (typeof known === "number") return site.number(1 - known);
  const type = site.typeOf(site.y);
  return subtract(site.number(1), site.typeOf(ratio!) === type ? ratio! : cast(ratio!, type));
}

/** Repeats of every axis beside the axis, summed. */
function tileGradient(site: Site, x: Value, repeats: readonly number[]): Value {
  const sizes = site.dimsOf(x);
  const unknown = sizes.filter((size) => typeof size !== "number").length;
  if (unknown > 1) site.fail("more than one size is only known when the graph runs");
  const apart = repeats.flatMap((count, axis) => {
    const size = sizes[axis]!;
    return [count, typeof size === "number" ? size : -1];
  });
  const summed = repeats.flatMap((count, axis) => (count === 1 ? [] : [2 * axis]));
  return site.reshapeLike(site.sum(reshape(site.dy, apart), summed, false), x);
}

/** 0, 1, 2, ..., as many as a range has. */
function placesAlong(site: Site): Value {
  const places = apply("Range", [integer(0), apply("Size", [site.dy]), integer(1)]);
  return cast(places, site.typeOf(site.y));
}

/** What came back where its mark is not, and where it is. */
function oneHotGradient(site: Site, indices: Value, depth: Value): Value {
  const marks = apply("OneHot", [indices, depth, numbers(site.typeOf(site.y), [2], [0, 1])], {
    axis: site.int("axis", -1),
  });
  const isMarked = equal(marks, site.number(1));
  const sum = (values: Value): Value => reshape(reduce("Sum", values, { opset: site.opset }), [1]);
  const [off, on] = [where(isMarked, site.number(0), site.dy), where(isMarked, site.dy, site.number(0))];
  return concat([sum(off), sum(on)], 0);
}

/** The size of each joined part along the axis: a constant where all are known. */
function concatSizes(site: Site, inputs: readonly Value[], axis: number): Value | readonly number[] {
  const sizes = inputs.map((input) => site.dimsOf(input)[axis]!);
  if (sizes.every((size) => typeof size === "number")) return sizes;
  if (site.opset < 13)
    site.fail("sizes that are only known when the graph runs need opset 13 (Split with sizes as input)");
  const along = (input: Value): Value => slice(site.shapeOf(input), { axes: [0], starts: [axis], ends: [axis + 1] });
  return concat(inputs.map(along), 0);
}

/** The gradients of all parts joined, nothing where none came back. */
function splitGradient(site: Site): Value {
  const parts = site.application.results.map((result, index) => {
    if (result === undefined) return site.fail("one of its outputs is left out");
    return site.dys[index] ?? expand(site.zeroOf(result), site.shapeOf(result));
  });
  return concat(parts, site.int("axis", 0));
}

function depthToSpaceGradient(site: Site, x: Value): Value {
  const blocksize = site.int("blocksize", 1);
  if (site.string("mode", "DCR") === "DCR") return apply("SpaceToDepth", [site.dy], { blocksize });
  const [channels, height, width] = site.sizesOf(x, 1);
  const blocks = reshape(site.dy, [-1, channels! / blocksize ** 2, height!, blocksize, width!, blocksize]);
  return site.reshapeLike(transpose(blocks, [0, 1, 3, 5, 2, 4]), x);
}
