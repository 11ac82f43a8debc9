import type { Dim } from "../type.ts";
import { broadcast } from "./broadcast.ts";
import { shapeText, tensorOf, type Node, type RuleTable, type ValueRule } from "./node.ts";
import { pick } from "./picking.ts";
import { mostElements, type Values } from "./values.ts";

/** Rules of operators that arrange the same elements in another shape. */

/** 0 keeps the size of that axis unless allowzero; -1 is what remains. */
function reshaped(node: Node): readonly Dim[] | undefined {
  const from = node.dims(0);
  const wanted = node.values(1)?.elements ?? node.ints("shape");
  if (wanted === undefined) return unknownOfRank(node, node.dims(1)?.[0]);
  const kept = wanted.map((size, axis) => (size === 0 && node.int("allowzero", 0) === 0 ? sizeKept(node, axis) : size));
  const place = kept.indexOf(-1);
  if (kept.some((size) => typeof size === "number" && size < -1) || place !== kept.lastIndexOf(-1))
    return node.fail(`the shape ${wantedText(wanted)} has more than one -1, or sizes below`);
  if (place < 0)
    return checkCount(
      node,
      kept.map((size) => size ?? node.fresh()),
      from,
    );
  const others = kept.filter((_, axis) => axis !== place);
  const rest =
    from === undefined || others.includes(undefined) ? undefined : remaining(node, from, others as readonly Dim[]);
  return kept.map((size, axis) => (axis === place ? rest : size) ?? node.fresh());
}

function sizeKept(node: Node, axis: number): Dim | undefined {
  const dims = node.dims(0);
  if (dims === undefined || axis < dims.length) return dims?.[axis];
  return node.fail(`the shape keeps axis ${axis}, which ${node.describe(0)} has not`);
}

const wantedText = (sizes: readonly (Dim | undefined)[]): string => shapeText(sizes.map((size) => size ?? "?"));

/** The size that makes `others` and it hold what `from` holds. */
function remaining(node: Node, from: readonly Dim[], others: readonly Dim[]): Dim | undefined {
  const [have, need] = cancelled(from, others);
  const [total, divisor] = [node.sizes.product(have), node.sizes.product(need)];
  if (total === undefined || divisor === undefined) return undefined;
  if (typeof total === "number" && typeof divisor === "number" && (divisor === 0 ? total !== 0 : total % divisor !== 0))
    return node.fail(`${node.describe(0)} does not divide into ${shapeText(others)} and a rest`);
  if (divisor === 0) return undefined;
  return node.sizes.divide(total, divisor);
}

/** Two products without the factors that they share. */
function cancelled(a: readonly Dim[], b: readonly Dim[]): readonly [readonly Dim[], readonly Dim[]] {
  const [left, right] = [[...a], [] as Dim[]];
  for (const size of b) {
    const place = size === 0 ? -1 : left.indexOf(size);
    if (place < 0) right.push(size);
    else left.splice(place, 1);
  }
  return [left, right];
}

function checkCount(node: Node, to: readonly Dim[], from: readonly Dim[] | undefined): readonly Dim[] {
  if (from === undefined) return to;
  const [have, need] = cancelled(from, to).map((sizes) => node.sizes.product(sizes));
  if (typeof have === "number" && typeof need === "number" && have !== need)
    node.failIfRun(`${node.describe(0)} does not fit into ${shapeText(to)}`);
  return to;
}

/** Sizes that are not known, if it is known how many. */
export function unknownOfRank(node: Node, rank: Dim | undefined): readonly Dim[] | undefined {
  if (typeof rank !== "number" || rank > mostElements) return undefined;
  return Array.from({ length: rank }, () => node.fresh());
}

function flattened(node: Node): readonly Dim[] | undefined {
  const dims = node.dims(0);
  if (dims === undefined) return undefined;
  const given = node.int("axis", 1);
  const axis = given === dims.length ? given : node.axis(given, dims.length);
  return [dims.slice(0, axis), dims.slice(axis)].map((sizes) => node.named(node.sizes.product(sizes)));
}

/** Axes are an input, or an attribute in older opsets; undefined: not known. `[]` where they are left out. */
const axesGiven = (node: Node): readonly number[] | undefined =>
  node.has(1) ? node.numbers(1) : node.ints("axes", []);

function squeezed(node: Node): readonly Dim[] | undefined {
  const dims = node.dims(0);
  const given = axesGiven(node);
  if (dims === undefined || given === undefined) return undefined;
  if (given.length === 0)
    return dims.every((size) => typeof size === "number") ? dims.filter((size) => size !== 1) : undefined;
  const axes = node.axes(given, dims.length);
  for (const axis of axes)
    if (typeof dims[axis] === "number" && dims[axis] !== 1)
      node.fail(`axis ${axis} of ${node.describe(0)} is ${dims[axis]} and cannot be left out`);
  return dims.filter((_, axis) => !axes.includes(axis));
}

function unsqueezed(node: Node): readonly Dim[] | undefined {
  const dims = node.dims(0);
  const given = axesGiven(node);
  if (dims === undefined || given === undefined) return undefined;
  const axes = node.axes(given, dims.length + given.length);
  const rest = dims.values();
  return Array.from({ length: dims.length + given.length }, (_, axis) =>
    axes.includes(axis) ? 1 : rest.next().value!,
  );
}

const permutation = (node: Node, rank: number): readonly number[] => {
  const perm = node.ints("perm") ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if (perm.length === rank) return node.axes(perm, rank);
  return node.fail(`perm [${perm.join(", ")}] does not suit ${node.describe(0)}`);
};

function transposed(node: Node): readonly Dim[] | undefined {
  const dims = node.dims(0);
  return dims && permutation(node, dims.length).map((axis) => dims[axis]!);
}

function expanded(node: Node): readonly Dim[] | undefined {
  const shape = node.values(1)?.elements.map((size) => node.named(size));
  if (shape !== undefined) return broadcast(node, [node.dims(0), shape]);
  const [rank, own] = [node.dims(1)?.[0], node.dims(0)?.length];
  if (typeof rank !== "number" || own === undefined) return undefined;
  return unknownOfRank(node, Math.max(rank, own));
}

/** Blocks of pixels to channels: [N, C, H, W]. */
function spaceToDepth(node: Node): readonly Dim[] | undefined {
  const dims = node.ranked(0, 4);
  const block = blockOf(node);
  if (dims === undefined) return undefined;
  const [batch, channels, ...spatial] = dims as [Dim, Dim, ...Dim[]];
  return [
    batch,
    node.named(node.sizes.multiply(channels, block * block)),
    ...spatial.map((size) => divided(node, size, block)),
  ];
}

function depthToSpace(node: Node): readonly Dim[] | undefined {
  const dims = node.ranked(0, 4);
  const block = blockOf(node);
  if (dims === undefined) return undefined;
  const [batch, channels, ...spatial] = dims as [Dim, Dim, ...Dim[]];
  return [
    batch,
    divided(node, channels, block * block),
    ...spatial.map((size) => node.named(node.sizes.multiply(size, block))),
  ];
}

function blockOf(node: Node): number {
  const block = node.int("blocksize");
  return block !== undefined && block >= 1 ? block : node.fail(`blocksize ${block} must be at least 1`);
}

function divided(node: Node, size: Dim, by: number): Dim {
  if (typeof size === "number" && size % by !== 0)
    node.fail(`${size} of ${node.describe(0)} is not a multiple of ${by}`);
  return node.named(node.sizes.divide(size, by));
}

/** The same elements in the shape of the output. */
const rearranged =
  (shape: (node: Node) => readonly Dim[] | undefined): ValueRule =>
  (node) => {
    const values = node.values(0);
    const dims = values && shape(node);
    return dims?.every((size) => typeof size === "number") ? { dims, elements: values!.elements } : undefined;
  };

function transposedValues(node: Node): Values | undefined {
  const values = node.values(0);
  if (values === undefined) return undefined;
  const perm = permutation(node, values.dims.length);
  return pick(
    values,
    perm.map((axis) => values.dims[axis]!),
    (index) => {
      const from: number[] = [];
      perm.forEach((axis, place) => (from[axis] = index[place]!));
      return from;
    },
  );
}

function expandedValues(node: Node): Values | undefined {
  const [values, shape] = [node.values(0), node.numbers(1)];
  if (values === undefined || shape === undefined) return undefined;
  const dims = broadcast(node, [values.dims, shape]) as readonly number[];
  const shift = dims.length - values.dims.length;
  return pick(values, dims, (index) => values.dims.map((size, axis) => (size === 1 ? 0 : index[axis + shift]!)));
}

const shaped = (
  shape: (node: Node) => readonly Dim[] | undefined,
  values: ValueRule = rearranged(shape),
): RuleTable[string] => ({ types: (node) => [tensorOf(node.element(0), shape(node))], values });

export const reshaping: RuleTable = {
  Reshape: shaped(reshaped),
  Flatten: shaped(flattened),
  Squeeze: shaped(squeezed),
  Unsqueeze: shaped(unsqueezed),
  Transpose: shaped(transposed, transposedValues),
  Expand: shaped(expanded, expandedValues),
  SpaceToDepth: { types: (node) => [tensorOf(node.element(0), spaceToDepth(node))] },
  DepthToSpace: { types: (node) => [tensorOf(node.element(0), depthToSpace(node))] },
};
