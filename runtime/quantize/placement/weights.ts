import { nodeName } from "../../graph/attributes.ts";
import { applicationsOf } from "../../graph/topology.ts";
import { sizeOf } from "../../graph/tensor.ts";
import { hasWeightFirst, isLayer, layerOf } from "./layers.ts";
import type { Placement } from "./placement.ts";
import { Plan, type Task } from "./plan.ts";

/** The large constant weights of layers, and nothing else: arithmetic stays that of floats. */
export function placeWeights({ graph, excluded }: Task, smallest: number): Placement {
  const plan = new Plan();
  for (const application of applicationsOf(graph)) {
    if (!isLayer(application)) continue;
    if (excluded.has(application)) plan.leave(nodeName(application), "left out as asked");
    else if (hasWeightFirst(application)) plan.leave(nodeName(application), "the weight is the first operand");
    else {
      const { weight } = layerOf(application);
      if (weight === undefined) plan.leave(nodeName(application), "both operands are computed");
      else if (sizeOf(weight.constant.tensor.dims) < smallest)
        plan.leave(nodeName(application), `the weight has fewer than ${smallest} elements`);
      else plan.read(application, 1, { kind: "Weight", ...weight });
    }
  }
  return plan.placement;
}
