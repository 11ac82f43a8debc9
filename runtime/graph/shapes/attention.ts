import type { Dim } from "../type.ts";
import { asInput } from "./elementwise.ts";
import { tensorOf, type Known, type Node, type RuleTable } from "./node.ts";

/**
 * Rules of attention: queries, keys and values are [batch, heads, length, width], or [batch, length, heads * width].
 * Source: https://onnx.ai/onnx/operators/onnx__Attention.html
 */
interface Heads {
  readonly batch: Dim;
  readonly heads: Dim;
  readonly length: Dim;
  readonly width: Dim;
}

function headsOf(node: Node, input: number, attribute: string): Heads | undefined {
  const dims = node.dims(input);
  if (dims === undefined) return undefined;
  if (dims.length === 4) return { batch: dims[0]!, heads: dims[1]!, length: dims[2]!, width: dims[3]! };
  const heads = node.int(attribute);
  if (dims.length !== 3 || heads === undefined || heads < 1)
    return node.fail(`${node.describe(input)} must have 4 axes, or 3 and ${attribute}`);
  return { batch: dims[0]!, heads, length: dims[1]!, width: node.named(node.sizes.divide(dims[2]!, heads)) };
}

function attention(node: Node): readonly Known[] {
  const type = node.element(0);
  const query = headsOf(node, 0, "q_num_heads");
  const [key, value] = [headsOf(node, 1, "kv_num_heads"), headsOf(node, 2, "kv_num_heads")];
  if (query === undefined || key === undefined || value === undefined) return [tensorOf(type, undefined)];
  node.same(query.batch, key.batch, () => `the batches of ${node.describe(0)} and ${node.describe(1)}`);
  node.same(query.width, key.width, () => `the widths of ${node.describe(0)} and ${node.describe(1)}`);
  const past = node.has(4) ? node.dims(4)?.[2] : 0;
  const total = node.named(past === undefined ? undefined : node.sizes.add(past, key.length));
  const { batch, heads, length } = query;
  const output =
    node.dims(0)!.length === 4
      ? [batch, heads, length, value.width]
      : [batch, length, node.named(node.sizes.multiply(heads, value.width))];
  return [
    tensorOf(type, output),
    tensorOf(node.element(1), [batch, key.heads, total, key.width]),
    tensorOf(node.element(2), [batch, value.heads, total, value.width]),
    tensorOf(type, [batch, heads, length, total]),
  ];
}

export const attentions: RuleTable = {
  Attention: { types: attention },
  RotaryEmbedding: { types: asInput },
};
