import { apply, type Value } from "../../graph/expression.ts";
import { integer, integers } from "../../graph/literals.ts";
import { add, cast, equal, expand, less, multiply, reshape, shapeOf, where } from "../../graph/operators.ts";
import { sizeOf } from "../../graph/tensor.ts";
import { broadcasting, exact, type Rules } from "../rule.ts";
import type { Site } from "../site.ts";
import { mapAxis, padBack, putAlong, type AxisMap, type Range } from "./along-axis.ts";

/** Operators that take some elements and leave others, and those that put them. */
export const selection: Rules = {
  Where: broadcasting(({ dy, number }, condition) => [
    null,
    () => where(condition, dy, number(0)),
    () => where(condition, number(0), dy),
  ]),
  Slice: exact((site, x) => [() => sliceGradient(site, x)]),
  Gather: exact((site, x, indices) => [() => gatherGradient(site, x, indices)]),
  GatherElements: exact((site, x, indices) => [() => gatherElementsGradient(site, x, indices)]),
  GatherND: exact((site, x, indices) => [() => gatherNDGradient(site, x, indices)]),
  ScatterElements: exact((site, _, indices, updates) => {
    const axis = site.int("axis", 0);
    const isAdded = adds(site);
    const overwritten = (): Value => apply("ScatterElements", [site.dy, indices, zerosLike(site, updates)], { axis });
    return [
      () => (isAdded ? site.dy : overwritten()),
      null,
      () => apply("GatherElements", [site.dy, indices], { axis }),
    ];
  }),
  ScatterND: exact((site, _, indices, updates) => {
    const isAdded = adds(site);
    return [
      () => (isAdded ? site.dy : apply("ScatterND", [site.dy, indices, zerosLike(site, updates)])),
      null,
      () => apply("GatherND", [site.dy, indices]),
    ];
  }),
};

const zerosLike = (site: Site, value: Value): Value => expand(site.number(0), site.shapeOf(value));

/** Whether a scatter adds to what is there; otherwise it overwrites it. @throws {GradientError} if it does neither. */
function adds(site: Site): boolean {
  const reduction = site.string("reduction", "none");
  if (reduction !== "none" && reduction !== "add") site.fail(`reduction "${reduction}"`);
  return reduction === "add";
}

/** For elements that come together at one place. */
function addition(site: Site): string {
  if (site.opset < 16) site.fail("adding where indices meet needs opset 16 (Scatter with a reduction)");
  return "add";
}

/** Zeros around the part; with steps, between its elements too. */
function sliceGradient(site: Site, x: Value): Value {
  // Where it ends does not matter: the shape of what it took is known.
  const [, startsGiven, , axesGiven, stepsGiven] = site.application.inputs;
  if (startsGiven === undefined) return site.fail("its starts and ends are inputs since opset 10");
  const starts = site.integersOf(startsGiven, "starts");
  const axes = axesGiven && site.integersOf(axesGiven, "axes");
  const steps = stepsGiven && site.integersOf(stepsGiven, "steps");
  const rank = site.rankOf(x);
  const sizes = site.dimsOf(x);
  const stepped = new Map<number, readonly number[]>();
  const straight = new Map<number, Range>();
  for (const [index, start] of starts.entries()) {
    const axis = site.axis(axes?.[index] ?? index, rank);
    const step = steps?.[index] ?? 1;
    const size = sizes[axis]!;
    if (step === 1)
      straight.set(axis, {
        start: typeof size === "number" ? beginning(start, size) : start,
        count: site.dimsOf(site.y)[axis]!,
      });
    else stepped.set(axis, stepsFrom(site, x, { axis, start, step }));
  }
  const spread = [...stepped].reduce((gradient, [axis, places]) => {
    return putAlong(gradient, { axis, rank, places, size: site.sizesOf(x)[axis]! });
  }, site.dy);
  return padBack(site, spread, x, straight);
}

const beginning = (start: number, size: number): number =>
  Math.min(start < 0 ? Math.max(start + size, 0) : start, size);

/** The places that a slice with steps takes along an axis. */
function stepsFrom(
  site: Site,
  x: Value,
  { axis, start, step }: { readonly axis: number; readonly start: number; readonly step: number },
): readonly number[] {
  const size = site.dimsOf(x)[axis];
  const count = site.dimsOf(site.y)[axis];
  if (typeof size !== "number" || typeof count !== "number")
    return site.fail("it takes steps along an axis whose size is only known when the graph runs");
  const first = step > 0 ? beginning(start, size) : Math.min(start < 0 ? start + size : start, size - 1);
  return Array.from({ length: count }, (_, index) => first + index * step);
}

/** Above this many elements along the axis, a table of where each index points is larger than it is useful. */
const mostOneHot = 1024;

function gatherGradient(site: Site, x: Value, indices: Value): Value {
  const rank = site.rankOf(x);
  const axis = site.axis(site.int("axis", 0), rank);
  const size = site.dimsOf(x)[axis]!;
  const gradient = oneIndexAxis(site, x, indices, axis);
  const known = knownIntegers(site, indices);
  if (known?.length === 1) return padBack(site, gradient, x, new Map([[axis, { start: known[0]!, count: 1 }]]));
  if (typeof size !== "number")
    return site.fail("it gathers along an axis whose size is only known when the graph runs");
  const places = known && distinctPlaces(known, size);
  if (places !== undefined) return putAlong(gradient, { axis, rank, places, size });
  if (size <= mostOneHot) return mapAxis(gradient, axis, rank, oneHot(site, indices, size));
  const alongAxis = Array.from({ length: rank }, (_, other) => (other === axis ? -1 : 1));
  const everywhere = expand(reshape(indices, alongAxis), shapeOf(gradient));
  return apply("ScatterElements", [zerosLike(site, x), everywhere, gradient], { axis, reduction: addition(site) });
}

/** Indices counted from the front, if no two are the same. */
function distinctPlaces(indices: readonly number[], size: number): readonly number[] | undefined {
  const places = indices.map((index) => (index < 0 ? index + size : index));
  return new Set(places).size === places.length ? places : undefined;
}

/** The gradient with all axes of the indices as one. */
function oneIndexAxis(site: Site, x: Value, indices: Value, axis: number): Value {
  const rank = site.rankOf(indices);
  if (rank === 1) return site.dy;
  if (rank === 0) return site.unsqueeze(site.dy, [axis]);
  const count = site.sizesOf(indices).reduce((product, size) => product * size, 1);
  const sizes = site.dimsOf(x).map((size, other) => (other === axis ? count : typeof size === "number" ? size : -1));
  if (sizes.filter((size) => size === -1).length > 1) site.fail("more than one size is only known when the graph runs");
  return reshape(site.dy, sizes);
}

function knownIntegers(site: Site, value: Value): readonly number[] | undefined {
  const known = site.valuesOf(value);
  return known?.every((element) => typeof element === "number") ? known : undefined;
}

/** Indices as int64, counted from the front. */
function fromFront(site: Site, indices: Value, size: Value): Value {
  const wide = site.typeOf(indices) === "int64" ? indices : cast(indices, "int64");
  return where(less(wide, integer(0)), add(wide, size), wide);
}

/** 1 where a place is what an index points at: [size, indices]. */
function oneHot(site: Site, indices: Value, size: number): AxisMap {
  const places = range(size);
  const points = reshape(fromFront(site, indices, integer(size)), [-1]);
  const table = (rows: Value, columns: Value): Value => cast(equal(rows, columns), site.typeOf(site.y));
  return {
    matrix: () => table(reshape(places, [-1, 1]), points),
    transposed: () => table(reshape(points, [-1, 1]), places),
  };
}

const range = (size: number): Value => integers([...Array(size).keys()]);

/** With one index for each row, as a loss has it, no scatter is needed. */
function gatherElementsGradient(site: Site, x: Value, indices: Value): Value {
  const axis = site.axis(site.int("axis", 0), site.rankOf(x));
  const sizes = site.dimsOf(x);
  const picked = site.dimsOf(indices);
  const size = sizes[axis];
  if (
    typeof size === "number" &&
    picked.every((count, other) => (other === axis ? count === 1 : count === sizes[other]))
  ) {
    const alongAxis = sizes.map((_, other) => (other === axis ? size : 1));
    const isPicked = equal(reshape(range(size), alongAxis), fromFront(site, indices, integer(size)));
    return where(isPicked, site.dy, site.number(0));
  }
  return apply("ScatterElements", [zerosLike(site, x), indices, site.dy], { axis, reduction: addition(site) });
}

/** As ScatterElements over the indexed axes as one, which TensorRT takes, where their sizes are known. */
function gatherNDGradient(site: Site, x: Value, indices: Value): Value {
  if (site.int("batch_dims", 0) !== 0) site.fail("batch_dims other than 0");
  const depth = site.sizesOf(indices).at(-1)!;
  const sizes = site.dimsOf(x);
  if (sizes.some((size) => typeof size !== "number"))
    return apply("ScatterND", [zerosLike(site, x), indices, site.dy], { reduction: addition(site) });
  const [indexed, rest] = [sizes.slice(0, depth).map(Number), sizes.slice(depth).map(Number)];
  const strides = indexed.map((_, axis) => sizeOf(indexed.slice(axis + 1)));
  const wide = fromFront(site, indices, integers(indexed));
  const places = site.sum(multiply(wide, integers(strides)), [site.rankOf(indices) - 1]);
  const flat = [-1, sizeOf(rest)];
  const updates = reshape(site.dy, flat);
  const everywhere = expand(reshape(places, [-1, 1]), shapeOf(updates));
  const zeros = expand(site.number(0), [sizeOf(indexed), sizeOf(rest)]);
  const gradient = apply("ScatterElements", [zeros, everywhere, updates], { axis: 0, reduction: addition(site) });
  return site.reshapeLike(gradient, x);
}
