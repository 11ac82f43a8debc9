import { elementTypeOf, type ElementType } from "../elements.ts";
import type { Dim } from "../type.ts";
import { tensorOf as tensorAttribute } from "../attributes.ts";
import type { TensorProto } from "../codec/types.ts";
import { tensorOf, type Known, type Node, type OperatorRule, type RuleTable } from "./node.ts";
import { held, isInexact, isWhole } from "./representation.ts";
import { unknownOfRank } from "./reshaping.ts";
import { listOf, mostElements, valuesOfTensor, type Values } from "./values.ts";

/** Rules of operators that make tensors of their own. */

/** The axes that Shape looks at: all, or from start to before end. */
function axesSeen(node: Node, rank: number): readonly [number, number] {
  const counted = (bound: number): number => Math.min(Math.max(bound < 0 ? bound + rank : bound, 0), rank);
  const from = counted(node.int("start", 0));
  return [from, Math.max(from, counted(node.int("end", rank)))];
}

function shape(node: Node): readonly Known[] {
  const rank = node.dims(0)?.length;
  if (rank === undefined) return [tensorOf("int64", [node.fresh()])];
  const [from, to] = axesSeen(node, rank);
  return [tensorOf("int64", [to - from])];
}

function shapeValues(node: Node): Values | undefined {
  const dims = node.dims(0);
  return dims && listOf(dims.slice(...axesSeen(node, dims.length)));
}

function constantType(node: Node): Known {
  const { application: of } = node;
  const tensor = tensorAttribute(of, "value");
  if (tensor !== undefined) return typeOfTensor(tensor);
  for (const [name, type] of scalars) if (has(node, name)) return tensorOf(type, []);
  for (const [name, type, field] of lists) {
    const found = of.attributes.find((attribute) => attribute.name === name);
    if (found !== undefined) return tensorOf(type, [found[field].length]);
  }
  return undefined;
}

const scalars = [
  ["value_int", "int64"],
  ["value_float", "float32"],
] as const;
const lists = [
  ["value_ints", "int64", "ints"],
  ["value_floats", "float32", "floats"],
] as const;

const has = (node: Node, name: string): boolean =>
  node.application.attributes.some((attribute) => attribute.name === name);

export const typeOfTensor = (tensor: TensorProto): Known => tensorOf(elementTypeOf(tensor.dataType), tensor.dims);

function constantValues(node: Node): Values | undefined {
  const tensor = tensorAttribute(node.application, "value");
  if (tensor !== undefined) return valuesOfTensor(tensor);
  const [scalar, list] = [node.int("value_int"), node.ints("value_ints")];
  if (scalar !== undefined) return { dims: [], elements: [scalar] };
  return list === undefined || list.length > mostElements ? undefined : listOf(list);
}

function filled(node: Node): readonly Known[] {
  const value = tensorAttribute(node.application, "value");
  const type = value === undefined ? "float32" : elementTypeOf(value.dataType);
  const sizes = node.values(0)?.elements;
  const bad = sizes?.find((size) => typeof size === "number" && size < 0);
  if (bad !== undefined) node.fail(`the shape has a size of ${bad}`);
  return [tensorOf(type, sizes?.map((size) => node.named(size)) ?? unknownOfRank(node, node.dims(0)?.[0]))];
}

function filledValues(node: Node): Values | undefined {
  const dims = node.numbers(0);
  const tensor = tensorAttribute(node.application, "value");
  const [value] = tensor === undefined ? [0] : (valuesOfTensor(tensor)?.elements ?? []);
  const count = dims?.reduce((product, size) => product * size, 1);
  if (dims === undefined || count === undefined || count > mostElements || value === undefined) return undefined;
  return { dims, elements: Array.from({ length: count }, () => value) };
}

/** Numbers from start to before limit by delta. */
function range(node: Node): readonly Known[] {
  const [start, limit, delta] = [0, 1, 2].map((input) => node.values(input)?.elements[0]);
  return [tensorOf(node.element(0), [node.named(countOf(node, start, limit, delta))])];
}

function countOf(node: Node, start: Dim | undefined, limit: Dim | undefined, delta: Dim | undefined): Dim | undefined {
  if (start === undefined || limit === undefined || typeof delta !== "number") return undefined;
  if (delta === 0) {
    node.failIfRun("delta is 0");
    return undefined;
  }
  if (typeof start === "number" && typeof limit === "number") return stepsIn(node, limit - start, delta);
  const length = delta > 0 && Number.isInteger(delta) ? node.sizes.subtract(limit, start) : undefined;
  const steps = length === undefined ? undefined : node.sizes.ceilDivide(length, delta);
  return steps === undefined ? undefined : node.sizes.maximum(steps, 0);
}

/** How many steps of delta a length has, from 0; it is a number of the type of the limits. */
function stepsIn(node: Node, length: number, delta: number): Dim | undefined {
  const type = node.element(0);
  const steps = Math.ceil((type === "float32" ? Math.fround(length) : length) / delta);
  return isInexact(steps) || (type === "int64" && isInexact(length)) ? undefined : Math.max(0, steps);
}

/** Whole numbers only: others are added up step by step, each sum rounded. */
function rangeValues(node: Node): Values | undefined {
  const type = node.element(0);
  if (type === undefined || !isWhole(type)) return undefined;
  const [start, limit, delta] = [0, 1, 2].map((input) => node.numbers(input)?.[0]);
  const count = countOf(node, start, limit, delta);
  if (typeof count !== "number" || count > mostElements) return undefined;
  return listOf(Array.from({ length: count }, (_, place) => held(start! + place * delta!, type)));
}

/** The type that the attribute dtype names, else the one given. */
const typeNamed = (node: Node, fallback: ElementType | undefined): ElementType | undefined => {
  const code = node.int("dtype");
  return code === undefined ? fallback : elementTypeOf(code);
};

/** Of the shape of an attribute. */
const ofShape: OperatorRule = { types: (node) => [tensorOf(typeNamed(node, "float32"), node.ints("shape"))] };

/** Of the input's shape and, if no attribute says otherwise, of its type. */
const like: OperatorRule = { types: (node) => [tensorOf(typeNamed(node, node.element(0)), node.dims(0))] };

/** As many samples of a window as the input says. */
const samples: OperatorRule = {
  types: (node) => [tensorOf(elementTypeOf(node.int("output_datatype", 1)), [node.named(node.values(0)?.elements[0])])],
};

export const making: RuleTable = {
  Range: { types: range, values: rangeValues },
  EyeLike: like,
  Bernoulli: like,
  RandomNormal: ofShape,
  RandomUniform: ofShape,
  RandomNormalLike: like,
  RandomUniformLike: like,
  BlackmanWindow: samples,
  HammingWindow: samples,
  HannWindow: samples,
  Shape: { types: shape, values: shapeValues },
  Size: {
    types: () => [tensorOf("int64", [])],
    values: (node) => {
      const dims = node.dims(0);
      return dims && { dims: [], elements: [node.sizes.product(dims)] };
    },
  },
  Constant: { types: (node) => [constantType(node)], values: constantValues },
  ConstantOfShape: { types: filled, values: filledValues },
};
