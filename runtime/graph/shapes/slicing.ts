import type { Dim } from "../type.ts";
import type { Node } from "./node.ts";
import { pick } from "./picking.ts";
import type { Values } from "./values.ts";

/** Which part of each axis is taken; undefined is not known. */
export interface Slicing {
  readonly axes: readonly number[] | undefined;
  readonly starts: readonly (Dim | undefined)[] | undefined;
  readonly ends: readonly (Dim | undefined)[] | undefined;
  readonly steps: readonly (number | undefined)[] | undefined;
}

/** What a Slice takes: by inputs, or in opsets before 10 by attributes. */
export function sliceOf(node: Node): Slicing {
  if (!node.has(1)) {
    const [starts, ends] = [node.ints("starts"), node.ints("ends")];
    return { starts, ends, axes: node.ints("axes") ?? starts?.map((_, axis) => axis), steps: starts?.map(() => 1) };
  }
  const starts = node.values(1)?.elements;
  const given = node.dims(1)?.[0];
  const count = starts?.length ?? (typeof given === "number" ? given : undefined);
  const axes = node.has(3) ? node.numbers(3) : starts?.map((_, axis) => axis);
  const steps = node.has(4) ? node.values(4)?.elements.map(asNumber) : starts?.map(() => 1);
  if (starts !== undefined && count !== undefined)
    for (const [name, list] of Object.entries({ ends: node.values(2)?.elements, axes, steps }))
      if (list !== undefined && list.length !== count)
        node.fail(`${name} has ${list.length} numbers and starts ${count}`);
  return { starts, ends: node.values(2)?.elements, axes, steps };
}

const asNumber = (value: Dim | undefined): number | undefined => (typeof value === "number" ? value : undefined);

/** The shape of what is taken. */
export function sliced(node: Node, { axes, starts, ends, steps }: Slicing): readonly Dim[] | undefined {
  const dims = node.dims(0);
  if (dims === undefined) return undefined;
  if (axes === undefined) return dims.map(() => node.fresh());
  const counted = node.axes(axes, dims.length);
  return dims.map((size, axis) => {
    const place = counted.indexOf(axis);
    if (place < 0) return size;
    return node.named(taken(node, size, { start: starts?.[place], end: ends?.[place], step: steps?.[place] }));
  });
}

interface Part {
  readonly start: Dim | undefined;
  readonly end: Dim | undefined;
  readonly step: number | undefined;
}

/** How many of `size` elements lie from start to before end. */
function taken(node: Node, size: Dim, { start, end, step }: Part): Dim | undefined {
  if (step === 0) return node.fail("a step is 0");
  if (start === undefined || end === undefined || step === undefined || isAmbiguous(end, step)) return undefined;
  if (typeof size === "number" && typeof start === "number" && typeof end === "number") {
    const range = rangeOf(size, start, end, step);
    return Math.max(0, Math.ceil((range.end - range.start) / step));
  }
  if (step < 0) return isReversal(start, end) ? node.sizes.ceilDivide(size, -step) : undefined;
  const [from, until] = [bound(node, size, start), bound(node, size, end)];
  const to = until === undefined ? undefined : node.sizes.minimum(until, size);
  if (from === undefined || to === undefined) return undefined;
  const length = node.sizes.subtract(to, from);
  const atLeast = length === undefined ? undefined : node.sizes.maximum(length, 0);
  return atLeast === undefined ? undefined : node.sizes.ceilDivide(atLeast, step);
}

/** The end of the axis backwards: nothing by the text of the operator, and everything to ONNX Runtime. */
const isAmbiguous = (end: Dim, step: number): boolean => step < 0 && (end === 2 ** 31 - 1 || end === 2 ** 63);

const isReversal = (start: Dim, end: Dim): boolean =>
  (start === -1 || start === farBeyond(start)) && typeof end === "number" && end < -(2 ** 30);
const farBeyond = (bound: Dim): Dim | undefined => (typeof bound === "number" && bound > 2 ** 30 ? bound : undefined);

/** A bound counted from the front, at least 0; sizes that are not known are taken to be below 2^30. */
function bound(node: Node, size: Dim, given: Dim): Dim | undefined {
  if (given === 0) return 0;
  if (given === farBeyond(given)) return size;
  if (typeof given === "number" && given < -(2 ** 30)) return 0;
  if (typeof given === "number" && given < 0) {
    const counted = node.sizes.add(size, given);
    return counted === undefined ? undefined : node.sizes.maximum(counted, 0);
  }
  return node.sizes.isNatural(given) ? given : undefined;
}

function rangeOf(size: number, start: number, end: number, step: number): { start: number; end: number } {
  const clamp = (value: number, least: number, most: number): number => {
    const counted = value < 0 ? value + size : value;
    return Math.min(Math.max(counted, least), most);
  };
  return step > 0
    ? { start: clamp(start, 0, size), end: clamp(end, 0, size) }
    : { start: clamp(start, 0, size - 1), end: clamp(end, -1, size - 1) };
}

/** What is taken of a small tensor. */
export function slicedValues(node: Node, { axes, starts, ends, steps }: Slicing): Values | undefined {
  const values = node.values(0);
  if (values === undefined || axes === undefined) return undefined;
  const counted = node.axes(axes, values.dims.length);
  const parts = values.dims.map((size, axis) => {
    const place = counted.indexOf(axis);
    if (place < 0) return { from: 0, step: 1, count: size };
    const [start, end, step] = [asNumber(starts?.[place]), asNumber(ends?.[place]), steps?.[place]];
    if (start === undefined || end === undefined || step === undefined || step === 0) return undefined;
    if (isAmbiguous(end, step)) return undefined;
    const range = rangeOf(size, start, end, step);
    return { from: range.start, step, count: Math.max(0, Math.ceil((range.end - range.start) / step)) };
  });
  if (parts.includes(undefined)) return undefined;
  return pick(
    values,
    parts.map((part) => part!.count),
    (index) => index.map((place, axis) => parts[axis]!.from + place * parts[axis]!.step),
  );
}
