import { intOf, intsOf, nodeName, stringOf } from "../../graph/attributes.ts";
import { application, apply, attribute, type Application, type Value } from "../../graph/expression.ts";
import { integers } from "../../graph/literals.ts";
import type { Types } from "../../graph/shapes/infer.ts";
import { QuantizeError } from "../quantize-error.ts";

/** An application as it was, and what is known of its values. */
export interface Site {
  readonly was: Application;
  readonly types: Types;
}

/** What becomes of an application: other inputs or attributes, or another value in its place; undefined: nothing. */
export type Change = Partial<Pick<Application, "inputs" | "attributes">> | { readonly value: Value } | undefined;

type Rule = (made: Application, site: Site) => Change;

/**
 * What changed between opsets 11 and 13, by operator.
 * Source: https://github.com/onnx/onnx/blob/main/docs/Changelog.md, versions 12 and 13.
 */
export const rules: Readonly<Record<string, Rule>> = {
  Squeeze: (made) => listAsInput(made, "axes"),
  Unsqueeze: (made) => listAsInput(made, "axes"),
  ReduceSum: (made) => listAsInput(made, "axes"),
  Split: (made) => listAsInput(made, "split"),
  Softmax: alongOneAxis,
  LogSoftmax: alongOneAxis,
  Hardmax: alongOneAxis,
  /** Without `training_mode` it does nothing; the ratio became an input. */
  Dropout: (made) => (made.inputs.length > 1 ? undefined : { attributes: without(made, "ratio") }),
  Resize: (made) => {
    if (stringOf(made, "coordinate_transformation_mode", "") !== "tf_half_pixel_for_nn") return undefined;
    throw new QuantizeError('opset 13 has no coordinate_transformation_mode "tf_half_pixel_for_nn"', {
      node: nodeName(made),
      remedy: 'export the model with "half_pixel" or "asymmetric"',
    });
  },
};

const without = ({ attributes }: Application, name: string): Application["attributes"] =>
  attributes.filter((given) => given.name !== name);

/** A list of integers that was an attribute and became the second input; where it is left out, it stays so. */
function listAsInput(made: Application, name: string): Change {
  const list = intsOf(made, name);
  return list && { inputs: [made.inputs[0], integers(list)], attributes: without(made, name) };
}

/**
 * Before opset 13 all axes from `axis` (1 by default) on were one; since then `axis` (-1 by default) stands alone. Where it
 * is the last one both mean the same; elsewhere the tensor is made a matrix and given its shape back, and
 * the value its name.
 */
function alongOneAxis(made: Application, { was, types }: Site): Change {
  const axis = intOf(made, "axis", 1);
  const [x] = made.inputs;
  const rank = was.inputs[0] && types.of(was.inputs[0])?.dims?.length;
  if (axis === -1 || axis + 1 === rank) return { attributes: [attribute("axis", -1)] };
  const matrix = apply("Flatten", [x], { axis });
  const result = apply(made.opType, [matrix], { axis: -1 }, made.name === undefined ? {} : { name: made.name });
  const back = application({ opType: "Reshape", inputs: [result, apply("Shape", [x])], names: made.names });
  return { value: back.results[0]! };
}
