import { apply, type Value } from "../../graph/expression.ts";
import { integers } from "../../graph/literals.ts";
import { equal, expand, reduce, where } from "../../graph/operators.ts";
import type { Dim } from "../../graph/type.ts";
import { exact, type Rules } from "../rule.ts";
import type { Site } from "../site.ts";
import { axisMap, mapAxis } from "./along-axis.ts";
import { interpolationRows, type Interpolation } from "./interpolation.ts";

/** Operators that are linear along each axis by itself: their gradient is the transpose of that, axis by axis. */
export const resampling: Rules = {
  Resize: exact((site, x) => [() => resizeGradient(site, x)]),
  Pad: exact((site, x, _, fill) => [
    () => padGradient(site, x),
    null,
    modeOf(site) === "constant" ? () => fillGradient(site, x, fill) : null,
  ]),
};

/** Of each axis the rows that made its places from its elements, where it is not left alone. */
type Rows = readonly (readonly (readonly number[])[] | undefined)[];

function transposeAll(site: Site, rows: Rows): Value {
  return rows.reduce<Value>((gradient, along, axis) => {
    if (along === undefined) return gradient;
    const { matrix, transposed } = axisMap(site, along);
    return mapAxis(gradient, axis, rows.length, { matrix: transposed, transposed: matrix });
  }, site.dy);
}

function resizeGradient(site: Site, x: Value): Value {
  const mode = site.string("mode", "nearest");
  if (mode !== "nearest" && mode !== "linear" && mode !== "cubic") return site.fail(`mode "${mode}"`);
  if (site.int("antialias", 0) !== 0) site.fail("antialias");
  const how: Interpolation = {
    mode,
    transformation: site.string("coordinate_transformation_mode", "half_pixel"),
    rounding: site.string("nearest_mode", "round_prefer_floor"),
    coefficient: site.float("cubic_coeff_a", -0.75),
    excludeOutside: site.int("exclude_outside", 0) === 1,
  };
  const [before, after] = [site.dimsOf(x), site.dimsOf(site.y)];
  const scales = proportionalScales(site, before) ?? scalesOf(site, x);
  const rows = before.map((size, axis) => {
    const resized = after[axis]!;
    if (size === resized && (scales[axis] ?? 1) === 1) return undefined;
    if (typeof size !== "number" || typeof resized !== "number")
      return site.fail("it resizes an axis whose size is only known when the graph runs");
    const along = interpolationRows({ size, resized, scale: scales[axis] ?? resized / size }, how);
    return along ?? site.fail(`coordinate_transformation_mode "${how.transformation}"`);
  });
  return transposeAll(site, rows);
}

/** The axes that it resizes. */
const resizedAxes = (site: Site, rank: number): readonly number[] =>
  (site.ints("axes") ?? [...Array(rank).keys()]).map((axis) => site.axis(axis, rank));

/** One scale for all axes, where sizes say only how large or small the output may become. */
function proportionalScales(site: Site, before: readonly Dim[]): readonly (number | undefined)[] | undefined {
  const policy = site.string("keep_aspect_ratio_policy", "stretch");
  const given = site.application.inputs[3];
  if (policy === "stretch" || given === undefined) return undefined;
  const axes = resizedAxes(site, before.length);
  const asked = site.integersOf(given, "sizes").map((size, place) => {
    const known = before[axes[place]!];
    return typeof known === "number" ? Math.fround(size / known) : site.fail("it keeps proportions that are not known");
  });
  const scale = policy === "not_larger" ? Math.min(...asked) : Math.max(...asked);
  return before.map((_, axis) => (axes.includes(axis) ? scale : undefined));
}

/** Scales by axis, where the model gives scales rather than sizes. */
function scalesOf(site: Site, x: Value): readonly (number | undefined)[] {
  const rank = site.rankOf(x);
  const given = site.application.inputs[2];
  const scales = given === undefined ? [] : (site.valuesOf(given) ?? site.fail("its scales are not known"));
  const axes = resizedAxes(site, rank);
  const byAxis = new Map(scales.map((scale, index) => [axes[index]!, Number(scale)]));
  return Array.from({ length: rank }, (_, axis) => byAxis.get(axis));
}

const modeOf = (site: Site): string => site.string("mode", "constant");

function padGradient(site: Site, x: Value): Value {
  const mode = modeOf(site);
  const rank = site.rankOf(x);
  const [starts, ends] = padsOf(site, rank);
  const none = starts.every((pad, axis) => pad === 0 && ends[axis] === 0);
  if (none) return site.dy;
  if (mode === "constant") return apply("Pad", [site.dy, integers([...starts, ...ends].map((pad) => -pad))]);
  const source = sources[mode] ?? site.fail(`mode "${mode}"`);
  const rows = starts.map((start, axis) => {
    const end = ends[axis]!;
    if (start === 0 && end === 0) return undefined;
    const size = site.dimsOf(x)[axis]!;
    if (typeof size !== "number") return site.fail("it pads an axis whose size is only known when the graph runs");
    // What negative pads cut off is gone before the rest is repeated.
    const cut = Math.max(-start, 0);
    const left = size - cut - Math.max(-end, 0);
    return Array.from({ length: start + size + end }, (_, place) => {
      const from = cut + source(place - Math.max(start, 0), left);
      return Array.from({ length: size }, (_, pixel) => Number(pixel === from));
    });
  });
  return transposeAll(site, rows);
}

/** All that lies around what is left of x. */
function fillGradient(site: Site, x: Value, fill: Value): Value {
  const pads = integers(padsOf(site, site.rankOf(x)).flat());
  const inside = apply("Pad", [expand(site.number(1), site.shapeOf(x)), pads]);
  const around = where(equal(inside, site.number(0)), site.dy, site.number(0));
  return site.reshapeLike(reduce("Sum", around, { opset: site.opset }), fill);
}

/** Pads at the beginning and at the end of each axis. */
function padsOf(site: Site, rank: number): readonly [readonly number[], readonly number[]] {
  const [, given, , axesGiven] = site.application.inputs;
  if (given === undefined) return site.fail("its pads are an input since opset 11");
  const pads = site.integersOf(given, "pads");
  const axes = axesGiven === undefined ? [...Array(rank).keys()] : site.integersOf(axesGiven, "axes");
  const byAxis = new Map(axes.map((axis, index) => [site.axis(axis, rank), index]));
  const side = (from: number): readonly number[] =>
    Array.from({ length: rank }, (_, axis) => {
      const index = byAxis.get(axis);
      return index === undefined ? 0 : pads[from + index]!;
    });
  return [side(0), side(axes.length)];
}

/** Which element a place outside repeats, by mode. */
const sources: Readonly<Record<string, (place: number, size: number) => number>> = {
  edge: (place, size) => Math.min(Math.max(place, 0), size - 1),
  reflect: (place, size) => {
    const period = Math.max(2 * (size - 1), 1);
    const within = ((place % period) + period) % period;
    return within < size ? within : period - within;
  },
  wrap: (place, size) => ((place % size) + size) % size,
};
