import type { Target } from "../../../../runtime/quantize/quantize.ts";

/** Values whose range both find, but of different values, by design: what is read of a part, a mean or a border. */
type Apart = Readonly<Partial<Record<Target, readonly string[]>>>;

/** `name` followed by each number from 0 to one below `count`. */
const numbered = (name: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${name}_${i}`);

/** Query and value, which are taken from what one MatMul makes; and the token that the head is given. */
const partsOfVit = [
  ...["Transpose_1_output_0", "Squeeze_2_output_0"].flatMap((part) =>
    Array.from({ length: 6 }, (_, layer) => `/layers/layers.${layer}/attn/${part}`),
  ),
  "/Gather_1_output_0",
];
const pooled = ["/maxpool/MaxPool_output_0"];

/** By network. For TensorRT ours measures what is pooled or padded itself; Python gives it the range of the whole. */
const known: Readonly<Record<string, Apart>> = {
  "tiny-face-detector": { TensorRT: numbered("MaxPool", 6) },
  "face-recognition": {
    TensorRT: ["MaxPool_0", ...numbered("Pad", 2)],
    ONNXRuntime: [...numbered("AveragePool", 4), ...numbered("Pad", 3)],
  },
  resnet18: { TensorRT: pooled },
  resnet50: { TensorRT: pooled },
  // The bias of the head is scaled by the token's range.
  vit: { TensorRT: partsOfVit, ONNXRuntime: [...partsOfVit, "head.bias"] },
};

/** Those names that are apart without being known to be. */
export function unknownIn(apart: readonly string[], network: string, target: Target): readonly string[] {
  const expected = new Set(known[network]?.[target] ?? []);
  return apart.filter((name) => !expected.has(name));
}
