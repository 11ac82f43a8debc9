import { elementTypeOf } from "../elements.ts";
import { tensorOf as tensorAttribute } from "../attributes.ts";
import type { TensorProto } from "../codec/types.ts";
import { tensorOf, type Known, type Node, type RuleTable } from "./node.ts";
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

export const making: RuleTable = {
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
