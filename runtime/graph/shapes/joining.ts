import type { Dim } from "../type.ts";
import { sliceOf, sliced, slicedValues } from "./slicing.ts";
import { tensorOf, type Known, type Node, type RuleTable, type TypeRule } from "./node.ts";
import { mostElements, type Values } from "./values.ts";
import { unknownOfRank } from "./reshaping.ts";

/** Rules of operators that put tensors together along an axis and take them apart. */

/** Tensors one after another along an axis; all inputs, or those named. */
export function joined(
  node: Node,
  inputs: readonly number[] = Array.from({ length: node.inputs }, (_, input) => input),
): readonly Dim[] | undefined {
  const all = inputs.map((input) => node.dims(input));
  const rank = all.find((dims) => dims !== undefined)?.length;
  if (rank === undefined) return undefined;
  for (const input of inputs) node.ranked(input, rank);
  const along = node.axis(node.int("axis", 0), rank);
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = all.map((dims) => dims?.[axis]);
    return axis === along ? total(node, sizes) : agreed(node, sizes, axis);
  });
}

function total(node: Node, sizes: readonly (Dim | undefined)[]): Dim {
  const sum = sizes.reduce(
    (whole, size) => (whole === undefined || size === undefined ? undefined : node.sizes.add(whole, size)),
    0,
  );
  return node.named(sum);
}

function agreed(node: Node, sizes: readonly (Dim | undefined)[], axis: number): Dim {
  let found: Dim | undefined;
  for (const [input, size] of sizes.entries())
    if (size !== undefined)
      found =
        found === undefined
          ? size
          : node.same(found, size, () => `axis ${axis} of ${node.describe(input)} and of the inputs before it`);
  return node.named(found);
}

/** Lists only: what shapes are. */
function joinedValues(node: Node): Values | undefined {
  const elements: (Dim | undefined)[] = [];
  for (let input = 0; input < node.inputs; input++) {
    const values = node.values(input);
    const length =
      values?.dims.length === 1 ? values.dims[0] : node.dims(input)?.length === 1 ? node.dims(input)![0] : undefined;
    if (typeof length !== "number" || elements.length + length > mostElements) return undefined;
    elements.push(...(values?.elements ?? Array.from({ length }, () => undefined)));
  }
  return { dims: [elements.length], elements };
}

/** Parts by the sizes given, else as equal as they can be, the last the smallest. */
const split: TypeRule = (node) => {
  const dims = node.dims(0);
  const outputs = node.application.results.length;
  if (dims === undefined) return Array.from({ length: outputs }, () => tensorOf(node.element(0), undefined));
  const along = node.axis(node.int("axis", 0), dims.length);
  return partsOf(node, dims[along]!, outputs).map((part) =>
    tensorOf(
      node.element(0),
      dims.map((size, axis) => (axis === along ? part : size)),
    ),
  );
};

function partsOf(node: Node, size: Dim, outputs: number): readonly Dim[] {
  const given = node.has(1) ? node.values(1)?.elements : node.ints("split");
  if (node.has(1) && given === undefined) return Array.from({ length: outputs }, () => node.fresh());
  if (given !== undefined)
    return checkParts(
      node,
      size,
      given.map((part) => node.named(part)),
      outputs,
    );
  const count = node.int("num_outputs", outputs);
  if (count < outputs) node.fail(`num_outputs ${count} is below the ${outputs} outputs`);
  if (typeof size !== "number") {
    const part = count === 1 ? size : node.fresh();
    return Array.from({ length: outputs }, (_, place) => (node.opset < 18 || place < count - 1 ? part : node.fresh()));
  }
  if (node.opset < 18 && size % count !== 0)
    node.fail(`${node.describe(0)} does not split into ${count} equal parts of ${size}`);
  const part = Math.ceil(size / count);
  return Array.from({ length: outputs }, (_, place) => Math.max(0, Math.min(part, size - place * part)));
}

function checkParts(node: Node, size: Dim, parts: readonly Dim[], outputs: number): readonly Dim[] {
  if (parts.length !== outputs) node.fail(`${parts.length} parts are given for ${outputs} outputs`);
  const sum = parts.reduce<Dim | undefined>(
    (whole, part) => (whole === undefined ? undefined : node.sizes.add(whole, part)),
    0,
  );
  if (typeof sum === "number" && typeof size === "number" && sum !== size)
    node.fail(`the parts [${parts.join(", ")}] of ${node.describe(0)} are ${sum} and not ${size}`);
  return parts;
}

/** Pads before and after the axes given, or all; the counts are [before..., after...]. */
function padded(node: Node): readonly Dim[] | undefined {
  const dims = node.dims(0);
  if (dims === undefined) return undefined;
  const pads = node.has(1) ? node.values(1)?.elements : node.ints("pads");
  const given = node.has(3) ? node.numbers(3) : dims.map((_, axis) => axis);
  if (pads === undefined || given === undefined) return dims.map(() => node.fresh());
  const axes = node.axes(given, dims.length);
  if (pads.length !== 2 * axes.length)
    return node.fail(
      `pads has ${pads.length} counts and must have two for each of ${axes.length} axes of ${node.describe(0)}`,
    );
  return dims.map((size, axis) => {
    const place = axes.indexOf(axis);
    if (place < 0) return size;
    const [before, after] = [pads[place], pads[place + axes.length]];
    const both = before === undefined || after === undefined ? undefined : node.sizes.add(before, after);
    const whole = both === undefined ? undefined : node.sizes.add(size, both);
    if (typeof whole !== "number" || whole >= 0) return node.named(whole);
    node.failIfRun(`pads take more from axis ${axis} of ${node.describe(0)} than it has`);
    return node.fresh();
  });
}

function tiled(node: Node): readonly Dim[] | undefined {
  const dims = node.dims(0);
  if (dims === undefined) return undefined;
  const repeats = node.values(1)?.elements;
  if (repeats === undefined) return unknownOfRank(node, dims.length);
  if (repeats.length !== dims.length) return node.fail(`${repeats.length} repeats are given for ${node.describe(0)}`);
  return dims.map((size, axis) =>
    node.named(repeats[axis] === undefined ? undefined : node.sizes.multiply(size, repeats[axis])),
  );
}

const shaped =
  (shape: (node: Node) => readonly Dim[] | undefined): TypeRule =>
  (node): readonly Known[] => [tensorOf(node.element(0), shape(node))];

export const joining: RuleTable = {
  Concat: { types: (node) => [tensorOf(elementOf(node), joined(node))], values: joinedValues },
  Split: { types: split },
  Slice: { types: shaped((node) => sliced(node, sliceOf(node))), values: (node) => slicedValues(node, sliceOf(node)) },
  Pad: { types: shaped(padded) },
  Tile: { types: shaped(tiled) },
};

const elementOf = (node: Node) =>
  Array.from({ length: node.inputs }, (_, input) => node.element(input)).find((type) => type !== undefined);
