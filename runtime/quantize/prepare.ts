import { nodeName } from "../graph/attributes.ts";
import { constantNodes } from "../graph/clean/constants.ts";
import { foldNormalizations } from "../graph/clean/normalization.ts";
import { simplify } from "../graph/clean/simplify.ts";
import type { Model } from "../graph/graph.ts";
import { applicationsOf } from "../graph/topology.ts";
import { upgradeOpset } from "./opset/upgrade.ts";
import { QuantizeError } from "./quantize-error.ts";

/**
 * A model as quantization wants it: of opset 13 or more, constants as constants, normalizations folded into the
 * convolutions before them (else a rounding would come between the two). Names of values stay.
 * @throws {QuantizeError} naming a node that computes with integers already, and as `upgradeOpset` does.
 */
export function prepare(model: Model): Model {
  const quantized = applicationsOf(model.graph).find(({ opType }) => integerOperators.has(opType));
  if (quantized !== undefined)
    throw new QuantizeError(`the model is quantized already, by ${quantized.opType}`, {
      node: nodeName(quantized),
      remedy: "give the float32 model that it was made of",
    });
  return foldNormalizations(simplify(upgradeOpset(model), [constantNodes])).model;
}

/** What models in integers are made of, in the domain of ONNX and in that of ONNX Runtime. */
const integerOperators: ReadonlySet<string> = new Set([
  ...["QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"],
  ...["ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul", "QLinearAdd", "QGemm"],
]);
