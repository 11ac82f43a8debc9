import { floatOf } from "../../graph/attributes.ts";
import { elementTypeOf } from "../../graph/elements.ts";
import type { Application, Constant } from "../../graph/expression.ts";
import { valuesOf } from "../../graph/tensor.ts";
import { isLayer } from "../placement/layers.ts";
import { isSquare } from "./keep.ts";
import { greatest } from "./half.ts";

/**
 * Where the numbers of a value lie.
 * - Within: in what float16 holds, as all that networks hand from layer to layer.
 * - Beyond: they can pass 65504 or vanish, as sums of squares, exponentials, and an epsilon of 1e-12 do.
 * - Inverse: one divided by such numbers.
 */
export type Extent = "Within" | "Beyond" | "Inverse";

/** The extents of an application's inputs, in their order; one that is left out is within. */
type Rule = (application: Application, operands: readonly Extent[]) => Extent;

const within: Rule = () => "Within";
const beyond: Rule = () => "Beyond";

/** As far as the furthest operand. */
const asOperands: Rule = (_, operands) =>
  operands.includes("Beyond") ? "Beyond" : operands.includes("Inverse") ? "Inverse" : "Within";

const inverse: Readonly<Record<Extent, Extent>> = { Within: "Within", Beyond: "Inverse", Inverse: "Beyond" };

const all = (rule: Rule, ...operators: readonly string[]): Readonly<Record<string, Rule>> =>
  Object.fromEntries(operators.map((opType) => [opType, rule]));

/** What makes, inverts or brings back numbers that float16 does not hold; all else passes on what it reads. */
const rules: Readonly<Record<string, Rule>> = {
  ...all(beyond, "Exp", "Sinh", "Cosh", "LpPool", "GlobalLpPool"),
  ...all(beyond, "ReduceL1", "ReduceL2", "ReduceSum", "ReduceSumSquare", "ReduceProd"),
  ...all(within, "Log", "ReduceLogSum", "ReduceLogSumExp", "Softmax", "LogSoftmax", "Hardmax"),
  ...all(within, "Tanh", "Sigmoid", "HardSigmoid", "Softsign", "Erf", "Sign", "Sin", "Cos", "Atan"),
  ...all(within, "BatchNormalization", "LayerNormalization", "InstanceNormalization", "GroupNormalization"),
  ...all(within, "RMSNormalization", "LpNormalization", "MeanVarianceNormalization", "LRN"),
  Reciprocal: (_, [x]) => (x === "Inverse" ? "Beyond" : "Inverse"),
  Pow: powerOf,
  Mul: (application, [a, b]) => (isSquare(application) ? squareOf(a!) : productOf(application, a!, b!)),
  Div: (application, [a, b]) => productOf(application, a!, inverse[b!]),
  Clip: (application, operands) =>
    [1, 2].every((bound) => application.inputs[bound]?.kind === "Constant" && operands[bound] === "Within")
      ? "Within"
      : asOperands(application, operands),
};

const squareOf = (of: Extent): Extent => (of === "Inverse" ? "Inverse" : "Beyond");

/** A quotient of what was computed is of the order of 1; a constant brings nothing back. */
function productOf({ inputs }: Application, a: Extent, b: Extent): Extent {
  if (a === b) return a;
  const computed = inputs.every((value) => value?.kind !== "Constant");
  if (computed && (a === "Inverse" || b === "Inverse")) return "Within";
  return a === "Beyond" || b === "Beyond" ? "Beyond" : "Inverse";
}

function powerOf({ inputs }: Application, [base]: readonly Extent[]): Extent {
  const [, exponent] = inputs;
  if (exponent?.kind !== "Constant") return "Beyond";
  const exponents = Array.from(valuesOf(exponent.tensor), Number);
  if (exponents.every((each) => each < 0)) return base === "Inverse" ? "Beyond" : "Inverse";
  return exponents.every((each) => each >= 0 && each <= 1) ? base! : squareOf(base!);
}

/** The extent of what an application makes, by those of its inputs. */
export function extentOf(application: Application, operands: readonly Extent[]): Extent {
  // What a layer makes of trained weights is handed on; of two activations it makes what they are.
  if (isLayer(application) && application.inputs[1]?.kind === "Constant") return "Within";
  const rule = Object.hasOwn(rules, application.opType) ? rules[application.opType]! : asOperands;
  return rule(application, operands);
}

/** The extent of a float32 constant as an input of an application: beyond where it matters that float16 lacks it. */
export function extentOfConstant({ tensor }: Constant, application: Application, index: number): Extent {
  if (elementTypeOf(tensor.dataType) !== "float32") return "Within";
  const values = valuesOf(tensor) as Float32Array;
  const saturates = !bounds.has(application.opType) && values.some((value) => isFiniteBeyond(value));
  return saturates || vanishes(values, application, index) ? "Beyond" : "Within";
}

/** Operators that only bound what they read: a bound beyond the greatest number bounds as that does. */
const bounds: ReadonlySet<string> = new Set(["Clip", "Max", "Min"]);

const isFiniteBeyond = (value: number): boolean => Math.abs(value) > greatest && Number.isFinite(value);

/** Beside greater elements nobody misses those that vanish, unless something is divided by them; nor in a bias. */
function vanishes(values: Float32Array, application: Application, index: number): boolean {
  if (isLayer(application) && index > 1) return false;
  if (application.opType === "BatchNormalization")
    return index === 4 && values.some((variance) => blurs(variance, floatOf(application, "epsilon", 1e-5)));
  const lost = (value: number): boolean => value !== 0 && Math.f16round(value) === 0;
  if (application.opType === "Div" && index === 1) return values.some(lost);
  return values.some(lost) && values.every((value) => value === 0 || lost(value));
}

/** Whether a variance is off by more than 2^-8 of itself. */
const blurs = (variance: number, epsilon: number): boolean =>
  Math.abs(Math.f16round(Math.f16round(variance) + Math.f16round(epsilon)) / (variance + epsilon) - 1) > 2 ** -8;
