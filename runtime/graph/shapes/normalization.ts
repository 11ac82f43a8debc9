import { asInput } from "./elementwise.ts";
import { tensorOf, type Node, type RuleTable, type TypeRule } from "./node.ts";

/** Rules of normalizations, and of what leaves a tensor's shape as it is. */

/** Scale, offset, mean and variance have one number for each channel. */
function checkChannels(node: Node, inputs: readonly number[]): void {
  const channels = node.dims(0)?.[1];
  if (channels === undefined) return;
  for (const input of inputs) {
    const dims = node.has(input) ? node.ranked(input, 1) : undefined;
    if (dims !== undefined)
      node.same(dims[0]!, channels, () => `${node.describe(input)} and the channels of ${node.describe(0)}`);
  }
}

const batch: TypeRule = (node) => {
  checkChannels(node, [1, 2, 3, 4]);
  const statistics = tensorOf(node.element(3), node.dims(3) ?? node.dims(1));
  return [node.type(0), statistics, statistics, statistics, statistics];
};

/** An axis that must be there. */
const alongAxis =
  (name: string, fallback: number): TypeRule =>
  (node) => {
    const dims = node.dims(0);
    if (dims !== undefined && dims.length > 0) node.axis(node.int(name, fallback), dims.length, name);
    return [node.type(0)];
  };

/** Mean and inverse deviation keep the axes before the normalized ones; the others are 1. */
const layer: TypeRule = (node) => {
  const dims = node.dims(0);
  const axis = dims === undefined ? 0 : node.axis(node.int("axis", -1), dims.length);
  const statistics = tensorOf(
    "float32",
    dims?.map((size, place) => (place < axis ? size : 1)),
  );
  return [node.type(0), statistics, statistics];
};

export const normalization: RuleTable = {
  BatchNormalization: { types: batch },
  InstanceNormalization: {
    types: (node) => {
      checkChannels(node, [1, 2]);
      return [node.type(0)];
    },
  },
  LayerNormalization: { types: layer },
  RMSNormalization: { types: asInput },
  // What ONNX Runtime's optimizer makes of RMSNormalization; it is in the default domain.
  SimplifiedLayerNormalization: { types: layer },
  GroupNormalization: { types: asInput },
  LpNormalization: { types: alongAxis("axis", -1) },
  MeanVarianceNormalization: { types: asInput },
  LRN: { types: asInput },
  Softmax: { types: alongAxis("axis", -1) },
  LogSoftmax: { types: alongAxis("axis", -1) },
  Hardmax: { types: alongAxis("axis", -1) },
  Dropout: { types: (node) => [node.type(0), tensorOf("bool", node.dims(0))] },
};
