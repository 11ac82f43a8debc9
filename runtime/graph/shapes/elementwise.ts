import { elementTypeOf, type ElementType } from "../elements.ts";
import { broadcastInputs } from "./broadcast.ts";
import { tensorOf, type Node, type OperatorRule, type RuleTable, type TypeRule } from "./node.ts";
import {
  binary,
  comparison,
  convert,
  equality,
  exact,
  extreme,
  keep,
  quotient,
  remainder,
  select,
  unary,
} from "./arithmetic.ts";

/** Rules of operators that work element by element, with broadcasting where they take several tensors. */

/** The first output is like the first input. */
export const asInput: TypeRule = (node) => [node.type(0)];

const unchanged: OperatorRule = { types: asInput };

/** All inputs are of one type and broadcast. */
const together: TypeRule = (node) => [tensorOf(commonElement(node), broadcastInputs(node))];

/** Inputs broadcast, and the output is of another type. */
const togetherAs =
  (type: ElementType): TypeRule =>
  (node) => [tensorOf(type, broadcastInputs(node))];

/** The type of the inputs: one that is known of them. */
function commonElement(node: Node, first = 0): ElementType | undefined {
  for (let input = first; input < node.inputs; input++) {
    const type = node.element(input);
    if (type !== undefined) return type;
  }
  return undefined;
}

const like = (type: ElementType): OperatorRule => ({ types: (node) => [tensorOf(type, node.dims(0))] });

const each = (operators: string, rule: OperatorRule): RuleTable =>
  Object.fromEntries(operators.split(" ").map((operator) => [operator, rule]));

const cast: OperatorRule = {
  types: (node) => [tensorOf(elementTypeOf(node.int("to")), node.dims(0))],
  values: (node) => convert(node, elementTypeOf(node.int("to"))),
};

export const elementwise: RuleTable = {
  ...each(
    "Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Celu Clip Cos Cosh Elu Erf Exp Gelu HardSigmoid HardSwish " +
      "LeakyRelu Log Mish Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softplus Softsign Swish Tan Tanh " +
      "ThresholdedRelu Trilu",
    unchanged,
  ),
  Identity: { types: asInput, values: keep },
  Neg: { types: asInput, values: unary((sizes, x) => sizes.subtract(0, x)) },
  Floor: { types: asInput, values: unary((_, x) => (typeof x === "number" ? Math.floor(x) : x)) },
  Ceil: { types: asInput, values: unary((_, x) => (typeof x === "number" ? Math.ceil(x) : x)) },
  Sqrt: { types: asInput, values: unary((_, x) => (typeof x === "number" ? Math.sqrt(x) : undefined)) },
  PRelu: { types: asInput },
  Not: { ...like("bool"), values: unary((_, x) => (typeof x === "number" ? Number(x === 0) : undefined)) },
  IsNaN: like("bool"),
  IsInf: like("bool"),
  Cast: cast,
  BitCast: { types: (node) => [tensorOf(elementTypeOf(node.int("to")), node.dims(0))] },
  CastLike: {
    types: (node) => [tensorOf(node.element(1), node.dims(0))],
    values: (node) => convert(node, node.element(1)),
  },
  ...each("BitShift BitwiseAnd BitwiseOr BitwiseXor Mean", { types: together }),
  Sum: { types: together },
  Add: {
    types: together,
    values: binary(
      exact(
        (a, b) => a + b,
        (sizes, a, b) => sizes.add(a, b),
      ),
    ),
  },
  Sub: {
    types: together,
    values: binary(
      exact(
        (a, b) => a - b,
        (sizes, a, b) => sizes.subtract(a, b),
      ),
    ),
  },
  Mul: {
    types: together,
    values: binary(
      exact(
        (a, b) => a * b,
        (sizes, a, b) => sizes.multiply(a, b),
      ),
    ),
  },
  Div: { types: together, values: binary(quotient) },
  Mod: { types: together, values: binary((_, a, b, whole) => (whole ? remainder(a, b) : undefined)) },
  Max: { types: together, values: extreme((sizes, a, b) => sizes.maximum(a, b)) },
  Min: { types: together, values: extreme((sizes, a, b) => sizes.minimum(a, b)) },
  Pow: { types: (node) => [tensorOf(node.element(0), broadcastInputs(node))] },
  ...each("And Or Xor", { types: togetherAs("bool") }),
  Equal: { types: togetherAs("bool"), values: binary(equality) },
  Less: { types: togetherAs("bool"), values: binary((_, a, b) => comparison(a, b, (x, y) => x < y)) },
  LessOrEqual: { types: togetherAs("bool"), values: binary((_, a, b) => comparison(a, b, (x, y) => x <= y)) },
  Greater: { types: togetherAs("bool"), values: binary((_, a, b) => comparison(a, b, (x, y) => x > y)) },
  GreaterOrEqual: { types: togetherAs("bool"), values: binary((_, a, b) => comparison(a, b, (x, y) => x >= y)) },
  Where: { types: (node) => [tensorOf(commonElement(node, 1), broadcastInputs(node))], values: select },
};
