import type { Application } from "../../graph/expression.ts";

/**
 * Operators that stay in float32 when a model becomes FP16, with the reason: `type` where ONNX does not define them for
 * float16 (https://onnx.ai/onnx/operators/, type constraints), `range` where a step on the way leaves what float16 can
 * hold (6e-8 to 65504). They read and give float32 through Cast.
 */
interface Keep {
  readonly why: "type" | "range";
  readonly reason: string;
  /** The opset from which on it does not apply any more. */
  readonly until?: number;
}

const onlyFloat32: Keep = { why: "type", reason: "is defined for float32 alone" };
const namesItsType: Keep = { why: "type", reason: "names the type that it makes in an attribute" };
const sumsSquares: Keep = { why: "range", reason: "sums squares, and the square of 256 is beyond 65504" };
const growsFast: Keep = { why: "range", reason: "can pass 65504 for inputs of ordinary size" };
const needsTiny: Keep = { why: "range", reason: "is taken near 0, where an epsilon below 6e-8 vanishes" };

const keptOperators: Readonly<Record<string, Keep>> = {
  NonMaxSuppression: onlyFloat32,
  Range: { why: "type", reason: "is not defined for float16" },
  DynamicQuantizeLinear: onlyFloat32,
  QuantizeLinear: { ...onlyFloat32, until: 19 },
  DequantizeLinear: { ...onlyFloat32, until: 19 },
  CumSum: { why: "type", reason: "is not defined for float16 before opset 14", until: 14 },
  IsInf: { why: "type", reason: "is not defined for float16 before opset 20", until: 20 },
  Cast: namesItsType,
  CastLike: namesItsType,
  ConstantOfShape: namesItsType,
  EyeLike: namesItsType,
  RandomNormal: namesItsType,
  RandomNormalLike: namesItsType,
  RandomUniform: namesItsType,
  RandomUniformLike: namesItsType,
  Multinomial: namesItsType,
  Bernoulli: namesItsType,
  LpNormalization: sumsSquares,
  LayerNormalization: sumsSquares,
  InstanceNormalization: sumsSquares,
  GroupNormalization: sumsSquares,
  RMSNormalization: sumsSquares,
  MeanVarianceNormalization: sumsSquares,
  LRN: sumsSquares,
  LpPool: sumsSquares,
  GlobalLpPool: sumsSquares,
  ReduceL2: sumsSquares,
  ReduceSumSquare: sumsSquares,
  ReduceL1: growsFast,
  ReduceSum: growsFast,
  ReduceLogSum: growsFast,
  ReduceLogSumExp: growsFast,
  ReduceProd: growsFast,
  Exp: growsFast,
  Sinh: growsFast,
  Cosh: growsFast,
  Pow: growsFast,
  Reciprocal: growsFast,
  Sqrt: needsTiny,
  Log: needsTiny,
};

/** Why an application stays in float32, whatever it reads; undefined where it can compute in float16. */
export function reasonToStay(application: Application, opset: number): string | undefined {
  const { opType, domain, bodies } = application;
  if (bodies.length > 0) return "has a body, which stays as it is";
  if (domain !== "") return `is of the domain ${domain}, whose types are not known here`;
  if (isSquare(application)) return "squares, and the square of 256 is beyond 65504";
  const keep = Object.hasOwn(keptOperators, opType) ? keptOperators[opType] : undefined;
  return keep === undefined || opset >= (keep.until ?? Infinity) ? undefined : `${opType} ${keep.reason}`;
}

/** Whether an application multiplies a value with itself. */
export const isSquare = ({ opType, inputs }: Application): boolean => opType === "Mul" && inputs[0] === inputs[1];

/** Inputs that are float32 whatever the type of the rest: scales, and `roi` of Resize, which all leave out. */
export const float32Inputs: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2], Upsample: [1] };
