import { elementTypeOf, type ElementType } from "../elements.ts";
import { tensorOf, type Node, type OperatorRule, type RuleTable } from "./node.ts";

/** Rules of operators between numbers and their quantized form. */

/** One scale for all, one for each place of an axis, or a tensor of blocks along the axis. */
function checkScale(node: Node): void {
  const [dims, scale] = [node.dims(0), node.dims(1)];
  if (dims === undefined || scale?.length !== 1 || scale[0] === 1) return;
  const axis = node.axis(node.int("axis", 1), dims.length);
  node.same(scale[0]!, dims[axis]!, () => `${node.describe(1)} and axis ${axis} of ${node.describe(0)}`);
}

/** The type that an attribute names, if it does. */
const named = (node: Node, attribute: string): ElementType | undefined => elementTypeOf(node.int(attribute, 0));

export const quantize: OperatorRule = {
  types: (node) => {
    checkScale(node);
    const type = named(node, "output_dtype") ?? (node.has(2) ? node.element(2) : "uint8");
    return [tensorOf(type, node.dims(0))];
  },
};

export const dequantize: OperatorRule = {
  types: (node) => {
    checkScale(node);
    return [tensorOf(named(node, "output_dtype") ?? node.element(1), node.dims(0))];
  },
};

export const quantization: RuleTable = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: {
    types: (node) => [tensorOf("uint8", node.dims(0)), tensorOf("float32", []), tensorOf("uint8", [])],
  },
};
