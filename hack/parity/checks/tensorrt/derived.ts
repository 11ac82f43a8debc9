import { makeAdaptable } from "../../../../runtime/adapt/adaptable.ts";
import { computeStatistics } from "../../../../runtime/adapt/explicit-statistics.ts";
import { buildTentStep } from "../../../../runtime/adapt/tent.ts";
import { gradients } from "../../../../runtime/autodiff/gradients.ts";
import { meanLoss } from "../../../../runtime/autodiff/losses/loss.ts";
import { entropy } from "../../../../runtime/autodiff/losses/entropy.ts";
import { cleanModel } from "../../../../runtime/graph/clean/clean.ts";
import { evaluateInOnnxRuntime } from "../../../../runtime/graph/clean/evaluate.ts";
import type { Model, Output } from "../../../../runtime/graph/graph.ts";
import { inferTypes } from "../../../../runtime/graph/shapes/infer.ts";
import { convertToFloat16 } from "../../../../runtime/quantize/float16/convert.ts";
import { quantize } from "../../../../runtime/quantize/quantize.ts";
import { quantizeWeights } from "../../../../runtime/quantize/weight-only.ts";
import type { ExportedModel } from "../../context.ts";
import type { Floats } from "../../safetensors.ts";

/** What is made of a model for a device. */
export interface Derivation {
  readonly name: string;
  readonly derive: (model: Model, image: Floats) => Model | Promise<Model>;
  /** The form of exports that it is made of; any where it is left out. */
  readonly needs?: ExportedModel["form"];
}

/** A model as the others are made of: without what is computed from constants. */
export const clean = (model: Model): Promise<Model> => cleanModel(model, { evaluate: evaluateInOnnxRuntime });

/** Everything that the numeric core makes of a model for a device. */
export const derivations: readonly Derivation[] = [
  {
    name: "in int8",
    derive: async (model, { dims, data }) => {
      const batches = () => [{ image: { type: "float32" as const, dims, data } }];
      return (await quantize(model, { target: "TensorRT", method: { kind: "MinMax" }, batches })).model;
    },
  },
  { name: "with weights in int8", derive: (model) => quantizeWeights(model).model },
  { name: "in fp16", derive: (model) => convertToFloat16(model).model },
  { name: "adaptable", derive: (model) => makeAdaptable(model).model },
  {
    name: "with the gradients of its entropy for an adaptation step",
    derive: async (model) => clean(adaptationStep(model)),
  },
  {
    name: "as a step of TENT to adapt by",
    derive: async (model) => {
      const { name: logits } = model.graph.outputs[0]!;
      return clean(computeStatistics(buildTentStep(model, { logits }).model));
    },
    needs: "normalized",
  },
];

/** Loss and gradients of scales and shifts, beside the outputs. */
function adaptationStep(given: Model): Model {
  const { model } = makeAdaptable(given);
  const opset = model.opsets.get("")!;
  const loss = meanLoss(entropy(model.graph.outputs[0]!.value, { opset }), { opset });
  const withLoss = withOutputs(model, [{ name: "loss", value: loss }]);
  const wrt = model.graph.inputs.filter(({ name }) => name !== "image");
  const found = gradients({ of: loss, wrt, types: inferTypes(withLoss), opset });
  return withOutputs(
    withLoss,
    [...found.values()].map((value, index) => ({ name: `gradient_${index}`, value })),
  );
}

const withOutputs = (model: Model, outputs: readonly Output[]): Model => ({
  ...model,
  graph: { ...model.graph, outputs: [...model.graph.outputs, ...outputs] },
});
