import { intOf, stringOf } from "../../graph/attributes.ts";
import { sizeOf, valuesOf } from "../../graph/tensor.ts";
import type { Application, Value } from "../../graph/expression.ts";

/**
 * How ONNX Runtime's CPU kernels treat an operator between DequantizeLinear and QuantizeLinear.
 * - Computing: an integer kernel of its own, with a range of its own for what it makes.
 * - Moving: bytes are moved about, so what it makes has the parameters of what it reads.
 * - Clipping: what is clipped needs no range of its own; QuantizeLinear after it does the same.
 */
export type Treatment = "Computing" | "Moving" | "Clipping";

/**
 * Operators with a treatment; the others stay in floating point.
 * Source: ONNX Runtime 1.30, qdq_transformer/selectors_actions/qdq_selector_action_transformer.cc.
 */
const treatments: Readonly<Record<string, Treatment>> = {
  Add: "Computing",
  Mul: "Computing",
  Concat: "Computing",
  AveragePool: "Computing",
  GlobalAveragePool: "Computing",
  LeakyRelu: "Computing",
  Sigmoid: "Computing",
  MaxPool: "Moving",
  Reshape: "Moving",
  Flatten: "Moving",
  Transpose: "Moving",
  Squeeze: "Moving",
  Unsqueeze: "Moving",
  Slice: "Moving",
  Split: "Moving",
  Gather: "Moving",
  Resize: "Moving",
  Pad: "Moving",
  DepthToSpace: "Moving",
  SpaceToDepth: "Moving",
  Relu: "Clipping",
  Clip: "Clipping",
};

/** Operators that move bytes under a condition only. */
const conditions: Readonly<Record<string, (application: Application) => boolean>> = {
  // Anything but the nearest neighbor makes new values.
  Resize: (application) => stringOf(application, "mode", "nearest") === "nearest",
  // Zero is one of the steps of any range; another number need not be.
  Pad: ({ inputs }) => inputs[2] === undefined || isZero(inputs[2]),
  MaxPool: (application) => application.results.length === 1 && intOf(application, "storage_order", 0) === 0,
};

/** How an application is treated; undefined where it stays in floating point. */
export function treatmentOf(application: Application): Treatment | undefined {
  const { opType, domain } = application;
  if (domain !== "" || !Object.hasOwn(treatments, opType)) return undefined;
  return (conditions[opType]?.(application) ?? true) ? treatments[opType] : undefined;
}

const isZero = (value: Value): boolean =>
  value.kind === "Constant" && sizeOf(value.tensor.dims) === 1 && Number(valuesOf(value.tensor)[0]) === 0;
