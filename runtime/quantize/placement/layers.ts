import { floatOf, intOf, nodeName } from "../../graph/attributes.ts";
import { elementTypeOf } from "../../graph/elements.ts";
import type { Application, Constant, Value } from "../../graph/expression.ts";
import { QuantizeError } from "../quantize-error.ts";
import { valueName } from "../value-name.ts";

/** An operator that multiplies its input with a weight, or, for MatMul and Gemm, with another activation. */
export interface Layer {
  readonly application: Application;
  readonly input: Value;
  readonly second: Value;
  /** There if the second operand is a constant. */
  readonly weight: { readonly constant: Constant; readonly axis: number | undefined } | undefined;
  /** A bias that an integer kernel can add: a constant, one number for each channel. */
  readonly bias: Constant | undefined;
}

/** The axis of a weight along which its output channels lie, by operator; `undefined` for one scale in all. */
const channelAxes: Readonly<Record<string, (application: Application, rank: number) => number | undefined>> = {
  Conv: () => 0,
  ConvTranspose: () => 1,
  Gemm: (application) => (intOf(application, "transB", 0) === 1 ? 0 : 1),
  // A vector has one column, and so one scale.
  MatMul: (_, rank) => (rank < 2 ? undefined : rank - 1),
};

/** Operators whose second operand cannot be an activation. */
const needsConstant: ReadonlySet<string> = new Set(["Conv", "ConvTranspose"]);

/** Whether an application is of an operator that does most of a network's work. */
export const isLayer = ({ opType, domain }: Application): boolean =>
  domain === "" && Object.hasOwn(channelAxes, opType);

/** Whether a layer multiplies a constant with an activation and not an activation with a constant. */
export const hasWeightFirst = (application: Application): boolean =>
  isLayer(application) && application.inputs[0]?.kind === "Constant";

/**
 * An application as a layer.
 * @throws {QuantizeError} naming node and value: a weight that can change or that is computed, or is no float32.
 */
export function layerOf(application: Application): Layer {
  const [input, second, third] = application.inputs;
  if (input === undefined || second === undefined)
    throw new QuantizeError("an operand is left out", at(application, undefined, "give it, or leave the node out"));
  checkSecond(application, second);
  if (second.kind !== "Constant") return { application, input, second, weight: undefined, bias: undefined };
  const { dims } = second.tensor;
  const axis = channelAxes[application.opType]!(application, dims.length);
  const channels = axis === undefined ? 1 : dims[axis]!;
  const bias = third?.kind === "Constant" && isPlain(application, third, channels) ? third : undefined;
  return { application, input, second, weight: { constant: second, axis }, bias };
}

function checkSecond(application: Application, second: Value): void {
  if (second.kind === "Input" && second.initial !== undefined)
    throw new QuantizeError(
      "the weight is an input with a default, so it can change at run time",
      at(application, second, "take it off the graph's inputs, or leave the node out"),
    );
  if (second.kind === "Constant") {
    const type = elementTypeOf(second.tensor.dataType);
    if (type !== "float32")
      throw new QuantizeError(
        `the weight is ${type ?? "of an unknown type"}`,
        at(application, second, "quantize the float32 model and convert the rest afterwards, or leave the node out"),
      );
  } else if (needsConstant.has(application.opType))
    throw new QuantizeError(
      "the weight is computed when the graph runs",
      at(application, second, "fold constants first, or leave the node out"),
    );
}

const at = (application: Application, value: Value | undefined, remedy: string) => ({
  node: nodeName(application),
  ...(value && { value: valueName(value) }),
  remedy,
});

/**
 * Whether a bias has one number for each scale of the weight. Gemm can scale what it adds, and add a matrix or one number;
 * ConvTranspose in groups has a scale for the channels of a group: then the bias stays in floating point.
 */
function isPlain(application: Application, { tensor: { dataType, dims } }: Constant, channels: number): boolean {
  if (elementTypeOf(dataType) !== "float32" || dims.length !== 1 || dims[0] !== channels) return false;
  return (
    application.opType !== "Gemm" || (floatOf(application, "alpha", 1) === 1 && floatOf(application, "beta", 1) === 1)
  );
}
