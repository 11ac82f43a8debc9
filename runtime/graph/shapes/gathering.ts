import type { Dim } from "../type.ts";
import { asInput } from "./elementwise.ts";
import { shapeText, tensorOf, type Node, type OperatorRule, type RuleTable } from "./node.ts";
import { pick } from "./picking.ts";
import { unknownOfRank } from "./reshaping.ts";
import type { Values } from "./values.ts";

/** Rules of operators that find elements, take them by index, and put them. */

/** Slices along an axis, in the shape of the indices. */
function gathered(node: Node): readonly Dim[] | undefined {
  const [dims, indices] = [node.ranked(0, { least: 1 }), node.dims(1)];
  if (dims === undefined || indices === undefined) return undefined;
  const axis = node.axis(node.int("axis", 0), dims.length);
  return [...dims.slice(0, axis), ...indices, ...dims.slice(axis + 1)];
}

function gatheredValues(node: Node): Values | undefined {
  const [values, indices] = [node.values(0), node.values(1)];
  if (values === undefined || indices === undefined || values.dims.length === 0) return undefined;
  const chosen = indices.elements;
  if (!chosen.every((index) => typeof index === "number")) return undefined;
  const axis = node.axis(node.int("axis", 0), values.dims.length);
  const size = values.dims[axis]!;
  const bad = chosen.find((index) => index < -size || index >= size);
  if (bad !== undefined) {
    node.failIfRun(`index ${bad} is not among the ${size} of ${node.describe(0)}`);
    return undefined;
  }
  const [before, after] = [axis, axis + indices.dims.length];
  const dims = [...values.dims.slice(0, axis), ...indices.dims, ...values.dims.slice(axis + 1)];
  return pick(values, dims, (index) => {
    const place = index.slice(before, after).reduce((sum, at, own) => sum * indices.dims[own]! + at, 0);
    const at = chosen[place]!;
    return [...index.slice(0, before), at < 0 ? at + size : at, ...index.slice(after)];
  });
}

/** Tuples of indices along the last axis, each of a slice. */
function gatheredByTuples(node: Node): readonly Dim[] | undefined {
  const [dims, indices] = [node.ranked(0, { least: 1 }), node.ranked(1, { least: 1 })];
  const tuple = indices?.at(-1);
  if (dims === undefined || indices === undefined || typeof tuple !== "number") return undefined;
  const batch = node.int("batch_dims", 0);
  if (batch < 0 || batch >= indices.length || batch + tuple > dims.length)
    node.fail(`tuples of ${tuple} after ${batch} batch axes do not index ${node.describe(0)}`);
  return [...indices.slice(0, -1), ...dims.slice(batch + tuple)];
}

const sameRank = (node: Node, input: number): readonly Dim[] | undefined => {
  const rank = node.dims(0)?.length;
  return rank === undefined ? node.dims(input) : node.ranked(input, rank);
};

/** Data with updates put where the indices say. */
const scattered: OperatorRule = {
  types: (node) => {
    const indices = sameRank(node, 1);
    const updates = indices === undefined ? sameRank(node, 2) : node.ranked(2, indices.length);
    indices?.forEach((size, axis) => {
      if (updates !== undefined) node.same(size, updates[axis]!, () => `${node.describe(1)} and ${node.describe(2)}`);
    });
    return [node.type(0)];
  },
};

/** The size of an axis when the k largest are taken; k is an input. */
function largest(node: Node): readonly Dim[] | undefined {
  const dims = node.ranked(0, { least: 1 });
  if (dims === undefined) return undefined;
  const along = node.axis(node.int("axis", -1), dims.length);
  const k = node.has(1) ? node.values(1)?.elements[0] : node.int("k");
  const size = dims[along]!;
  if (typeof k === "number" && typeof size === "number" && k > size)
    node.fail(`k is ${k}, and axis ${along} of ${node.describe(0)} has ${size}`);
  return dims.map((own, axis) => (axis === along ? node.named(k) : own));
}

function hot(node: Node): readonly Dim[] | undefined {
  const indices = node.dims(0);
  if (indices === undefined) return undefined;
  const axis = node.axis(node.int("axis", -1), indices.length + 1);
  return [...indices.slice(0, axis), node.named(node.values(1)?.elements[0]), ...indices.slice(axis)];
}

function compressed(node: Node): readonly Dim[] | undefined {
  const along = node.int("axis");
  if (along === undefined) return [node.fresh()];
  const dims = node.dims(0);
  const axis = dims === undefined ? 0 : node.axis(along, dims.length);
  return dims?.map((size, place) => (place === axis ? node.fresh() : size));
}

/** The unique slices along an axis, or of all elements; then where each is first, where each goes, how many. */
const unique: OperatorRule = {
  types: (node) => {
    const [along, dims, count] = [node.int("axis"), node.dims(0), node.fresh()];
    const axis = along === undefined || dims === undefined ? undefined : node.axis(along, dims.length);
    const kept = along === undefined ? [count] : dims?.map((size, place) => (place === axis ? count : size));
    const all = dims === undefined ? undefined : axis === undefined ? node.sizes.product(dims) : dims[axis];
    return [
      tensorOf(node.element(0), kept),
      ...[count, node.named(all), count].map((size) => tensorOf("int64", [size])),
    ];
  },
};

/** Boxes [batches, n, 4] and scores [batches, classes, n] to rows of (batch, class, box). */
const suppressed: OperatorRule = {
  types: (node) => {
    const [boxes, scores] = [node.ranked(0, 3), node.ranked(1, 3)];
    if (boxes !== undefined && scores !== undefined) {
      node.same(boxes[0]!, scores[0]!, () => `the batches of ${node.describe(0)} and ${node.describe(1)}`);
      node.same(boxes[1]!, scores[2]!, () => `the boxes of ${node.describe(0)} and ${node.describe(1)}`);
      node.same(boxes[2]!, 4, () => `the corners of ${node.describe(0)}`);
    }
    return [tensorOf("int64", [node.fresh(), 3])];
  },
};

/** The input, one of whose axes another input or an attribute names. */
const alongAxisInput: OperatorRule = {
  types: (node) => {
    const [dims, axis] = [node.dims(0), node.numbers(1)?.[0]];
    if (dims !== undefined && axis !== undefined) node.axis(axis, dims.length);
    return [node.type(0)];
  },
};

const elementsByIndex: OperatorRule = {
  types: (node) => {
    const dims = node.ranked(0, { least: 1 });
    if (dims !== undefined) node.axis(node.int("axis", 0), dims.length);
    return [tensorOf(node.element(0), sameRank(node, 1))];
  },
};

/** The indices of elements that are not 0, one row for each axis. */
const nonZero: OperatorRule = {
  types: (node) => [tensorOf("int64", [node.named(node.dims(0)?.length), node.fresh()])],
};

/** Updates of whole slices: indices [..., k] and updates [..., what k indices leave of the data]. */
const scatteredByTuples: OperatorRule = {
  types: (node) => {
    const [dims, indices, updates] = [node.dims(0), node.ranked(1, { least: 1 }), node.dims(2)];
    const tuple = indices?.at(-1);
    if (dims !== undefined && typeof tuple === "number" && updates !== undefined) {
      if (tuple > dims.length) node.fail(`${node.describe(1)} has tuples of ${tuple} for ${node.describe(0)}`);
      const expected = [...indices!.slice(0, -1), ...dims.slice(tuple)];
      const where = (): string => `${node.describe(2)} and the ${shapeText(expected)} that the indices take`;
      if (expected.length !== updates.length) node.fail(`${where()} have not as many axes`);
      expected.forEach((size, axis) => node.same(size, updates[axis]!, where));
    }
    return [node.type(0)];
  },
};

export const gathering: RuleTable = {
  Gather: { types: (node) => [tensorOf(node.element(0), gathered(node))], values: gatheredValues },
  GatherElements: elementsByIndex,
  GatherND: { types: (node) => [tensorOf(node.element(0), gatheredByTuples(node))] },
  Scatter: scattered,
  ScatterElements: scattered,
  ScatterND: scatteredByTuples,
  TensorScatter: { types: asInput },
  TopK: {
    types: (node) => {
      const dims = largest(node);
      return [tensorOf(node.element(0), dims), tensorOf("int64", dims)];
    },
  },
  OneHot: { types: (node) => [tensorOf(node.element(2), hot(node))] },
  NonZero: nonZero,
  Compress: { types: (node) => [tensorOf(node.element(0), compressed(node))] },
  Unique: unique,
  NonMaxSuppression: suppressed,
  CumSum: alongAxisInput,
  CumProd: alongAxisInput,
  ReverseSequence: { types: asInput },
  Multinomial: {
    types: (node) => {
      const dims = node.ranked(0, 2);
      const type = node.int("dtype", 6) === 7 ? "int64" : "int32";
      return [tensorOf(type, dims && [dims[0]!, node.int("sample_size", 1)])];
    },
  },
  Det: {
    types: (node) => {
      const dims = node.ranked(0, { least: 2 });
      if (dims !== undefined) node.same(dims.at(-1)!, dims.at(-2)!, () => `the matrices of ${node.describe(0)}`);
      return [tensorOf(node.element(0), dims?.slice(0, -2))];
    },
  },
  MaxUnpool: {
    types: (node) => [tensorOf(node.element(0), node.has(2) ? givenShape(node, 2) : unpooled(node))],
  },
};

const givenShape = (node: Node, input: number): readonly Dim[] | undefined =>
  node.values(input)?.elements.map((size) => node.named(size)) ?? unknownOfRank(node, node.dims(input)?.[0]);

/** stride (size - 1) + kernel - pads. */
function unpooled(node: Node): readonly Dim[] | undefined {
  const dims = node.ranked(0, { least: 3 });
  const kernel = node.ints("kernel_shape", []);
  const pads = node.ints("pads", []);
  return dims?.map((size, axis) => {
    if (axis < 2) return size;
    const at = axis - 2;
    const stride = node.ints("strides")?.[at] ?? 1;
    const steps = node.sizes.multiply(size, stride);
    const rest = (kernel[at] ?? 1) - stride - (pads[at] ?? 0) - (pads[at + kernel.length] ?? 0);
    return node.named(steps === undefined ? undefined : node.sizes.add(steps, rest));
  });
}
