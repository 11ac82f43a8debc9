import { nodeName } from "../../graph/attributes.ts";
import type { Application, Value } from "../../graph/expression.ts";
import { applicationsOf, usesOf, type Uses } from "../../graph/topology.ts";
import { isLayer, layerOf } from "./layers.ts";
import type { Placement } from "./placement.ts";
import { Plan, type Task } from "./plan.ts";

/**
 * Where TensorRT wants Q/DQ: before each layer, on its activations and its weight. The bias stays in floating point.
 * Nothing comes between a layer and what is fused with it (a bias, an Add, a Relu), so the output of a layer is rounded
 * where the next one reads it. Of an Add of a layer and a shortcut, the shortcut is rounded: the layer then adds it in
 * its own kernel.
 * Source: NVIDIA TensorRT Developer Guide, Working with Quantized Types, Q/DQ Layer-Placement Recommendations.
 */
export function placeForTensorRT({ graph, excluded }: Task): Placement {
  const plan = new Plan();
  const uses = usesOf(graph);
  const own = (value: Value): Value => value;
  for (const application of applicationsOf(graph)) {
    if (excluded.has(application)) {
      if (isLayer(application)) plan.leave(nodeName(application), "left out as asked");
    } else if (isLayer(application)) plan.readOperands(layerOf(application), own);
    else if (application.opType === "Add") {
      const shortcut = shortcutOf(application, uses, excluded);
      if (shortcut !== undefined)
        plan.read(application, shortcut, { kind: "Activation", measured: application.inputs[shortcut]! });
    }
  }
  return plan.placement;
}

/** Which operand of an Add is the shortcut beside a layer; undefined where there is no layer, or a constant is added. */
function shortcutOf(
  { inputs }: Application,
  uses: ReadonlyMap<Value, Uses>,
  excluded: ReadonlySet<Application>,
): 0 | 1 | undefined {
  const [first, second] = inputs;
  if (first === undefined || second === undefined || first === second) return undefined;
  if (isConstant(first) || isConstant(second)) return undefined;
  // Where both are layers, the second is taken for the shortcut: any of the two can be.
  if (isFused(first, uses, excluded)) return 1;
  return isFused(second, uses, excluded) ? 0 : undefined;
}

const isConstant = ({ kind }: Value): boolean => kind === "Constant";

/** Whether a value is what a quantized layer makes for one reader alone. */
function isFused(value: Value, uses: ReadonlyMap<Value, Uses>, excluded: ReadonlySet<Application>): boolean {
  if (value.kind !== "Result" || !isLayer(value.application) || excluded.has(value.application)) return false;
  const { applications = [], outputs = 0 } = uses.get(value) ?? {};
  return applications.length === 1 && outputs === 0;
}
