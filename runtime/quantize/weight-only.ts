import type { Model } from "../graph/graph.ts";
import { insertQuantization } from "./insert.ts";
import { prepare } from "./prepare.ts";
import { excludedOf, type Exclusion } from "./placement/exclusion.ts";
import { placeWeights } from "./placement/weights.ts";
import type { QuantizedModel } from "./quantize.ts";

/** What keeps its weights in floating point. */
export interface WeightOnlyOptions {
  readonly exclude?: readonly Exclusion[];
  /** Elements below which a weight stays as it is: its bytes do not count, its precision may. 1024 by default. */
  readonly smallest?: number;
}

/**
 * A float32 model with its weights in int8, per channel, each behind DequantizeLinear: a quarter of the file, the
 * arithmetic of floats, and no pictures needed. ONNX Runtime turns the weights back once, when it opens the model, with
 * the session option `session.disable_quant_qdq: "1"`.
 * @throws {QuantizeError} as `quantize` does.
 */
export function quantizeWeights(
  given: Model,
  { exclude = [], smallest = 1024 }: WeightOnlyOptions = {},
): QuantizedModel {
  const model = prepare(given);
  const placement = placeWeights({ graph: model.graph, excluded: excludedOf(model.graph, exclude) }, smallest);
  const { graph, quantized } = insertQuantization(model.graph, placement, new Map());
  return { model: { ...model, graph }, quantized, left: placement.left };
}
