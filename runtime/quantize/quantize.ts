import type { Value } from "../graph/expression.ts";
import type { Model } from "../graph/graph.ts";
import { calibrate, type Calibration, type Run } from "./calibrate/calibrate.ts";
import { insertQuantization, type Quantized } from "./insert.ts";
import { excludedOf, type Exclusion } from "./placement/exclusion.ts";
import { placeForOnnxRuntime } from "./placement/onnxruntime.ts";
import { measuredBy, type Left, type Placement } from "./placement/placement.ts";
import type { Task } from "./placement/plan.ts";
import { placeForTensorRT } from "./placement/tensorrt.ts";
import { prepare } from "./prepare.ts";
import { parametersOf, type Range, type SchemeName } from "./scale.ts";
import { onnxRuntimeSessions, type OpenSession } from "./session.ts";

/** What will run the model. */
export type Target = "TensorRT" | "ONNXRuntime";

interface Habit {
  readonly scheme: SchemeName;
  readonly place: (task: Task) => Placement;
}

const habits: Readonly<Record<Target, Habit>> = {
  TensorRT: { scheme: "symmetric", place: placeForTensorRT },
  ONNXRuntime: { scheme: "asymmetric", place: placeForOnnxRuntime },
};

/** What is quantized for whom, and by which pictures. */
export interface QuantizeOptions extends Calibration, Omit<Run, "open"> {
  readonly target: Target;
  /** What stays in floating point; nothing of it by default. */
  readonly exclude?: readonly Exclusion[];
  /** ONNX Runtime on the CPU by default. */
  readonly open?: OpenSession;
}

/** A model in INT8, and how it came about. */
export interface QuantizedModel {
  readonly model: Model;
  /** Every value and constant that is quantized, with its scales. */
  readonly quantized: readonly Quantized[];
  /** What stays in floating point though its operator could be quantized. */
  readonly left: readonly Left[];
}

/**
 * A float32 model in INT8, as QuantizeLinear and DequantizeLinear around what computes in integers: weights per channel
 * and symmetric, activations per tensor, in ranges measured on pictures. Where each goes: placement/tensorrt.ts and
 * placement/onnxruntime.ts. Normalizations are folded and opset 11 or 12 becomes 13 on the way. Inputs and outputs keep
 * their names and types. Bodies of If, Loop and Scan stay in floating point; what they read from around them is not
 * rounded for them.
 *
 * @throws {QuantizeError} naming node, value and remedy: a model that is quantized already, a weight that is computed, not
 * finite or can change at run time, a type other than float32, an exclusion that names nothing, pictures that give no
 * finite range.
 * @throws the signal's reason, between two batches.
 */
export async function quantize(given: Model, options: QuantizeOptions): Promise<QuantizedModel> {
  const { target, open = onnxRuntimeSessions() } = options;
  const model = prepare(given);
  const placement = placeFor(model, target, options.exclude);
  const ranges = await calibrate(model, measuredBy(placement), options, { ...options, open });
  return quantizeBy(model, { target, placement, ranges });
}

/** Where a model is quantized for a target. @throws {QuantizeError} */
export function placeFor({ graph }: Model, target: Target, exclude: readonly Exclusion[] = []): Placement {
  return habits[target].place({ graph, excluded: excludedOf(graph, exclude) });
}

/** A model in INT8 by decisions and ranges that are known. */
export function quantizeBy(model: Model, { target, placement, ranges }: QuantizationPlan): QuantizedModel {
  const { scheme } = habits[target];
  const parameters = new Map([...ranges].map(([value, range]) => [value, parametersOf(range, scheme)]));
  const { graph, quantized } = insertQuantization(model.graph, placement, parameters);
  return { model: { ...model, graph }, quantized, left: placement.left };
}

/** Everything that is decided before Q/DQ are put into a graph. */
export interface QuantizationPlan {
  readonly target: Target;
  readonly placement: Placement;
  readonly ranges: ReadonlyMap<Value, Range>;
}
