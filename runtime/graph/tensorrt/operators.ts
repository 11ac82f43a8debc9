import type { ElementType } from "../elements.ts";
import type { TensorRTVersion } from "./release.ts";

/** What the parser takes of an operator. */
export interface OperatorSupport {
  /** The element types of its data. */
  readonly types: readonly ElementType[];
  /** Releases that have it; all of them where it is left out. */
  readonly since?: TensorRTVersion;
  /** Which inputs are its data; input 0 where it is left out; the outputs where there are none. */
  readonly data?: readonly number[];
}

interface Rows extends OperatorSupport {
  readonly names: string;
}

const narrow: readonly ElementType[] = ["float32", "float16"];
const floats: readonly ElementType[] = [...narrow, "bfloat16"];
const numbers: readonly ElementType[] = [...floats, "int32", "int64"];
const anything: readonly ElementType[] = [...numbers, "bool"];
const quantized: readonly ElementType[] = ["int8", "float8e4m3fn"];

/**
 * The operators of the default domain that the parser has, by the element types that it takes them for. Source: the
 * tables of `releases`; for Clip, ConstantOfShape and random numbers the parser's code, which differs from them.
 * Operators that came after the table of 9.2 and before 10.16 count as new in 10.16 unless the changelog says 10.3.
 */
const rows: readonly Rows[] = [
  { types: ["bool"], names: "And Not Or Xor" },
  {
    types: floats,
    names: `Acos Acosh Asin Asinh Atan Atanh AveragePool BatchNormalization Ceil Celu Conv ConvTranspose Cos Cosh CumSum
      Dropout Einsum Elu Erf Exp Floor Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool GroupNormalization GRU
      HardSigmoid HardSwish Hardmax ImageScaler InstanceNormalization IsInf LayerNormalization LeakyRelu Log LogSoftmax
      LRN LSTM LpNormalization LpPool MatMul MaxPool MeanVarianceNormalization ParametricSoftplus PRelu QuantizeLinear
      Reciprocal Resize RNN Round ScaledTanh Scan Selu Sigmoid Sin Sinh Softmax Softplus Softsign Sqrt Tan Tanh
      ThresholdedRelu Upsample`,
  },
  {
    types: numbers,
    names: `Abs Add ArgMax ArgMin Clip DepthToSpace Div Equal Greater GreaterOrEqual IsNaN Less LessOrEqual Max Mean Min
      Mod Mul Neg Pad Pow Range ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd
      ReduceSum ReduceSumSquare Relu Scatter ScatterElements ScatterND Shrink Sign SpaceToDepth Sub Sum TopK`,
  },
  {
    types: anything,
    names: `Concat Expand EyeLike Flatten Gather GatherElements GatherND Identity Reshape ReverseSequence Shape Size
      Slice Split Squeeze Tile Transpose Trilu Unsqueeze`,
  },
  { types: anything, data: [1, 2], names: "Where" },
  { types: anything, data: [2], names: "OneHot" },
  { types: [...anything, "uint8"], names: "Cast CastLike" },
  { types: [...anything, ...quantized, "int4", "float4e2m1", "uint8"], data: [], names: "Constant" },
  { types: [...anything, ...quantized, "int4", "float4e2m1"], data: [], names: "ConstantOfShape" },
  { types: anything, data: [], names: "If Loop" },
  { types: narrow, data: [], names: "RandomNormal RandomNormalLike RandomUniform RandomUniformLike" },
  // What it dequantizes: limits/quantization.ts.
  { types: floats, data: [], names: "DequantizeLinear" },
  { types: narrow, names: "DeformConv GridSample NonMaxSuppression NonZero RoiAlign" },
  { types: narrow, since: "10.16", data: [], names: "BlackmanWindow HammingWindow HannWindow" },
  { types: narrow, since: "10.16", names: "Mish" },
  { types: ["float32"], since: "10.16", names: "STFT" },
  { types: floats, since: "10.16", names: "Attention RMSNormalization RotaryEmbedding" },
  { types: numbers, since: "10.16", names: "Gelu" },
  { types: [...floats, "int32"], since: "10.16", names: "TensorScatter" },
  { types: floats, since: "11", names: "DFT Swish" },
];

const known = new Map(
  rows.flatMap(({ names, ...support }) => names.split(/\s+/).map((name): [string, OperatorSupport] => [name, support])),
);

/** What the parser takes of an operator of the default domain; undefined where no release has it. */
export const supportOf = (opType: string): OperatorSupport | undefined => known.get(opType);

/** What to write in the place of operators that the parser does not have; the others need a plugin. */
export const substitutes: Readonly<Record<string, string>> = {
  Attention: "write it as MatMul, Softmax and MatMul",
  Bernoulli: "compare RandomUniformLike with the probability by Less",
  CenterCropPad: "write it as Slice and Pad",
  Compress: "write it as NonZero and Gather",
  ConvInteger: "put QuantizeLinear and DequantizeLinear around Conv",
  DynamicQuantizeLinear: "quantize with calibrated scales: QuantizeLinear and DequantizeLinear",
  Gelu: "write it as x/2 (1 + Erf(x/sqrt(2)))",
  MatMulInteger: "put QuantizeLinear and DequantizeLinear around MatMul",
  MaxUnpool: "write it as ScatterND",
  Mish: "write it as x Tanh(Softplus(x))",
  NegativeLogLikelihoodLoss: "leave the loss to the trainer, or write it as GatherElements and ReduceMean",
  QLinearConv: "put QuantizeLinear and DequantizeLinear around Conv",
  QLinearMatMul: "put QuantizeLinear and DequantizeLinear around MatMul",
  RMSNormalization: "write it as x / Sqrt(ReduceMean(x x) + epsilon) times the scale",
  RotaryEmbedding: "write it as Split, Mul, Sub, Add and Concat",
  SequenceAt: "keep the tensors apart: Split and Concat",
  SoftmaxCrossEntropyLoss: "leave the loss to the trainer, or write it as LogSoftmax, GatherElements and ReduceMean",
  SplitToSequence: "write it as Split",
  Swish: "write it as x Sigmoid(alpha x)",
  TensorScatter: "write it as ScatterND",
};
