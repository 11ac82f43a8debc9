import type { Dim } from "../type.ts";
import { tensorOf, type Node, type OperatorRule, type RuleTable, type ValueRule } from "./node.ts";
import { held, isWhole } from "./representation.ts";
import type { Sizes } from "./sizes.ts";

/** Rules of reductions. */

/** Axes come as an attribute or, from a later opset on, as an input; undefined: they are an input that is not known. */
function reducedAxes(node: Node, rank: number): readonly number[] | undefined {
  const given = node.has(1) ? node.numbers(1) : (node.ints("axes") ?? []);
  if (given === undefined) return undefined;
  if (given.length > 0) return node.axes(given, rank);
  return node.int("noop_with_empty_axes", 0) === 0 ? Array.from({ length: rank }, (_, axis) => axis) : [];
}

function reduced(node: Node): readonly Dim[] | undefined {
  const dims = node.dims(0);
  if (dims === undefined) return undefined;
  const keep = node.int("keepdims", 1) !== 0;
  const axes = reducedAxes(node, dims.length);
  if (axes === undefined) return keep ? dims.map(() => node.fresh()) : undefined;
  return without(dims, axes, keep);
}

const without = (dims: readonly Dim[], axes: readonly number[], keep: boolean): readonly Dim[] =>
  dims.flatMap((size, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [size]));

function chosen(node: Node): readonly Dim[] | undefined {
  const dims = node.dims(0);
  if (dims === undefined) return undefined;
  return without(dims, [node.axis(node.int("axis", 0), dims.length)], node.int("keepdims", 1) !== 0);
}

/**
 * All of a list or a scalar taken together; whole numbers only, as ONNX Runtime adds others up in an order of its own,
 * and only where no step leaves the type.
 */
const folded =
  (combine: (sizes: Sizes, a: Dim, b: Dim) => Dim | undefined, initial: number): ValueRule =>
  (node) => {
    const [values, type] = [node.values(0), node.element(0)];
    if (values === undefined || values.dims.length > 1 || type === undefined || !isWhole(type)) return undefined;
    const axes = reducedAxes(node, values.dims.length);
    if (axes?.length !== values.dims.length) return undefined;
    const step = (total: Dim | undefined, x: Dim | undefined): Dim | undefined => {
      const next = total === undefined || x === undefined ? undefined : combine(node.sizes, total, x);
      return next === undefined ? undefined : held(next, type);
    };
    const total = values.elements.reduce<Dim | undefined>(step, initial);
    return { dims: node.int("keepdims", 1) === 0 ? [] : values.dims.map(() => 1), elements: [total] };
  };

const reduce: OperatorRule = { types: (node) => [tensorOf(node.element(0), reduced(node))] };
const choose: OperatorRule = { types: (node) => [tensorOf("int64", chosen(node))] };

export const reduction: RuleTable = {
  ReduceL1: reduce,
  ReduceL2: reduce,
  ReduceLogSum: reduce,
  ReduceLogSumExp: reduce,
  ReduceMax: reduce,
  ReduceMean: reduce,
  ReduceMin: reduce,
  ReduceProd: { ...reduce, values: folded((sizes, a, b) => sizes.multiply(a, b), 1) },
  ReduceSum: { ...reduce, values: folded((sizes, a, b) => sizes.add(a, b), 0) },
  ReduceSumSquare: reduce,
  ArgMax: choose,
  ArgMin: choose,
};
