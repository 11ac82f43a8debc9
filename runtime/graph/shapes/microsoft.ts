import type { ElementType } from "../elements.ts";
import type { Dim } from "../type.ts";
import { broadcast } from "./broadcast.ts";
import { convolved } from "./convolution.ts";
import { asInput } from "./elementwise.ts";
import { joined } from "./joining.ts";
import { tensorOf, type Node, type OperatorRule, type RuleTable } from "./node.ts";
import { pooled } from "./pooling.ts";
import { general, multiplied } from "./product.ts";
import { dequantize, quantize } from "./quantization.ts";

/**
 * Rules of operators of the domain com.microsoft that ONNX Runtime's quantizer and optimizer write.
 * Source: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
 */

/** As the rule of the operator without channels_last, which only axes in another order set apart. */
function channelsFirst(node: Node, shape: () => readonly Dim[] | undefined): readonly Dim[] | undefined {
  return node.int("channels_last", 0) === 0 ? shape() : undefined;
}

/** Operators on one tensor, its scale and its zero point. */
const like: OperatorRule = { types: asInput };

/** Two quantized tensors that broadcast, each with scale and zero point after it. */
const together = (left: number, right: number): OperatorRule => ({
  types: (node) => [tensorOf(node.element(left), broadcast(node, [node.dims(left), node.dims(right)]))],
});

const product = (left: number, right: number, type: (node: Node) => ElementType | undefined): OperatorRule => ({
  types: (node) => [tensorOf(type(node), multiplied(node, left, right))],
});

/** Matrices of which either can be transposed at its last two axes. */
const fusedProduct: OperatorRule = {
  types: (node) => {
    const batches = node.int("transBatchA", 0) !== 0 || node.int("transBatchB", 0) !== 0;
    if (batches) return [tensorOf(node.element(0), undefined)];
    const swap = (attribute: string): boolean => node.int(attribute, 0) !== 0;
    return [tensorOf(node.element(0), multiplied(node, 0, 1, { left: swap("transA"), right: swap("transB") }))];
  },
};

/** Weights of a few bits: A [..., K] by N columns that an attribute counts. */
const byBits: OperatorRule = {
  types: (node) => {
    const [rows, inner, columns] = [node.ranked(0, { least: 1 }), node.int("K"), node.int("N")];
    if (rows !== undefined && inner !== undefined) node.same(rows.at(-1)!, inner, () => `K and ${node.describe(0)}`);
    return [tensorOf(node.element(0), rows && [...rows.slice(0, -1), columns ?? node.fresh()])];
  },
};

/** Weights take a bias of all columns as well; query, key and value are a third of the columns each. */
const selfAttention: OperatorRule = {
  types: (node) => {
    const [x, weights] = [node.ranked(0, 3), node.ranked(1, 2)];
    const values = node.ints("qkv_hidden_sizes")?.[2];
    const width = values ?? (weights === undefined ? undefined : node.sizes.divide(weights[1]!, 3));
    return [
      tensorOf(node.element(node.application.opType === "QAttention" ? 3 : 0), x && [x[0]!, x[1]!, node.named(width)]),
    ];
  },
};

/** Sum and normalization: output, mean, inverse deviation, and the sum. */
const skipNormalization: OperatorRule = {
  types: (node) => {
    const dims = node.dims(0);
    const statistics = tensorOf(
      "float32",
      dims?.map((size, axis) => (axis < dims.length - 1 ? size : 1)),
    );
    return [node.type(0), statistics, statistics, node.type(0)];
  },
};

const pool: OperatorRule = {
  types: (node) => [
    tensorOf(
      node.element(0),
      channelsFirst(node, () => pooled(node)),
    ),
  ],
};

const globalPool: OperatorRule = {
  types: (node) => {
    const dims = node.ranked(0, { least: 3 });
    const channels = node.int("channels_last", 0) === 0 ? 1 : (dims?.length ?? 0) - 1;
    return [
      tensorOf(
        node.element(0),
        dims?.map((size, axis) => (axis === 0 || axis === channels ? size : 1)),
      ),
    ];
  },
};

/** Scale and zero point of the output, then each tensor with its own. */
const concat: OperatorRule = {
  types: (node) => {
    const tensors = Array.from({ length: Math.floor((node.inputs - 2) / 3) }, (_, place) => 2 + 3 * place);
    return [tensorOf(node.element(1), joined(node, tensors))];
  },
};

export const microsoft: RuleTable = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
  QLinearAdd: together(0, 3),
  QLinearMul: together(0, 3),
  QLinearWhere: {
    types: (node) => [tensorOf(node.element(1), broadcast(node, [node.dims(0), node.dims(1), node.dims(4)]))],
  },
  QLinearConv: {
    types: (node) => [
      tensorOf(
        node.element(7),
        channelsFirst(node, () => convolved(node, 0, 3)),
      ),
    ],
  },
  QLinearAveragePool: pool,
  QLinearGlobalAveragePool: globalPool,
  QLinearConcat: concat,
  QLinearSigmoid: like,
  QLinearLeakyRelu: like,
  QLinearSoftmax: like,
  QGemm: {
    types: (node) => [tensorOf(node.has(7) ? node.element(8) : node.element(1), general(node, 0, 3))],
  },
  MatMulIntegerToFloat: product(0, 1, (node) => node.element(2)),
  DynamicQuantizeMatMul: product(0, 1, (node) => node.element(0)),
  MatMulNBits: byBits,
  FusedMatMul: fusedProduct,
  TransposeMatMul: fusedProduct,
  FusedGemm: { types: (node) => [tensorOf(node.element(0), general(node, 0, 1))] },
  FusedConv: { types: (node) => [tensorOf(node.element(0), convolved(node, 0, 1))] },
  Attention: selfAttention,
  QAttention: selfAttention,
  Gelu: like,
  FastGelu: like,
  QuickGelu: like,
  BiasGelu: like,
  RotaryEmbedding: like,
  Trilu: like,
  SkipLayerNormalization: skipNormalization,
  SkipSimplifiedLayerNormalization: skipNormalization,
};
