import { apply, type Value } from "../../graph/expression.ts";
import { integer, integers, numbers } from "../../graph/literals.ts";
import { concat, gather, less, matMul, shapeOf, slice, subtract, transpose, where } from "../../graph/operators.ts";
import type { Dim } from "../../graph/type.ts";
import type { Site } from "../site.ts";

/** A linear map of the elements along one axis: [after, before], and its transpose. */
export interface AxisMap {
  readonly matrix: () => Value;
  readonly transposed: () => Value;
}

/** A map whose rows are known. */
export function axisMap(site: Site, rows: readonly (readonly number[])[]): AxisMap {
  const type = site.typeOf(site.y);
  const columns = rows[0]?.length ?? 0;
  const turned = Array.from({ length: columns }, (_, column) => rows.map((row) => row[column]!));
  return {
    matrix: () => numbers(type, [rows.length, columns], rows.flat()),
    transposed: () => numbers(type, [columns, rows.length], turned.flat()),
  };
}

/** `x`, of this rank, with the elements along an axis mapped. */
export function mapAxis(x: Value, axis: number, rank: number, { matrix, transposed }: AxisMap): Value {
  if (axis === rank - 1) return matMul(x, transposed());
  if (axis === rank - 2) return matMul(matrix(), x);
  const perm = [...Array(rank).keys()];
  perm[axis] = rank - 1;
  perm[rank - 1] = axis;
  return transpose(matMul(transpose(x, perm), transposed()), perm);
}

/** A part of an axis: where it begins (a negative number counts from the end, and stops at the front), and how many elements it has. */
export interface Range {
  readonly start: number;
  readonly count: Dim;
}

/** Zeros around a part of `whole`, ranges by axis, back to its shape. */
export function padBack(site: Site, part: Value, whole: Value, ranges: ReadonlyMap<number, Range>): Value {
  const sizes = site.dimsOf(whole);
  if ([...ranges].some(([axis, { count }]) => typeof sizes[axis] !== "number" || typeof count !== "number"))
    return padBackRunning(site, part, whole, ranges);
  const before = sizes.map((size, axis) => {
    const start = ranges.get(axis)?.start ?? 0;
    return start < 0 ? start + Number(size) : start;
  });
  const after = sizes.map((size, axis) => {
    const range = ranges.get(axis);
    return range === undefined ? 0 : Number(size) - before[axis]! - Number(range.count);
  });
  return [...before, ...after].every((pad) => pad === 0) ? part : apply("Pad", [part, integers([...before, ...after])]);
}

function padBackRunning(site: Site, part: Value, whole: Value, ranges: ReadonlyMap<number, Range>): Value {
  const shape = site.shapeOf(whole);
  const missing = subtract(shape, shapeOf(part));
  const at = (values: Value, axis: number): Value => slice(values, { axes: [0], starts: [axis], ends: [axis + 1] });
  const before = site.dimsOf(whole).map((_, axis) => {
    const start = ranges.get(axis)?.start ?? 0;
    return start < 0 ? atLeastZero(subtract(at(shape, axis), integers([-start]))) : integers([start]);
  });
  const after = before.map((start, axis) => (ranges.has(axis) ? subtract(at(missing, axis), start) : integers([0])));
  return apply("Pad", [part, concat([...before, ...after], 0)]);
}

const atLeastZero = (places: Value): Value => where(less(places, integer(0)), integer(0), places);

/** Elements along an axis put to distinct `places` of `size`, zeros between them. */
export function putAlong(
  gradient: Value,
  { axis, rank, places, size }: { axis: number; rank: number; places: readonly number[]; size: number },
): Value {
  const after = Array.from({ length: rank }, (_, other) => Number(other === axis));
  const withZero = apply("Pad", [gradient, integers([...after.map(() => 0), ...after])]);
  const from = new Map(places.map((place, index) => [place, index]));
  const sources = Array.from({ length: size }, (_, place) => from.get(place) ?? places.length);
  return gather(withZero, integers(sources), axis);
}
