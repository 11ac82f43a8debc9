import { apply, application, constant, type Application, type Constant, type Value } from "../graph/expression.ts";
import type { Graph } from "../graph/graph.ts";
import { rewriteGraph } from "../graph/rewrite.ts";
import { elements } from "../graph/elements.ts";
import { tensor, valuesOf } from "../graph/tensor.ts";
import type { Placement, Reading } from "./placement/placement.ts";
import type { Parameters } from "./scale.ts";
import { valueName } from "./value-name.ts";
import {
  quantizeBias,
  quantizeWeight,
  scalesForBias,
  weightTensor,
  withScales,
  type QuantizedWeight,
} from "./weight.ts";

/** The numbers of a value or constant that is quantized, by the name that it had. */
export interface Quantized {
  readonly name: string;
  readonly kind: Reading["kind"];
  /** One for each channel of `axis`; one alone without an axis. */
  readonly scales: Float32Array;
  readonly zeroPoint: number;
  readonly axis?: number | undefined;
  /** The value whose range the scales follow from: of an activation that only moved it, of a bias the layer's input. */
  readonly measured?: string | undefined;
}

/** A graph with Q/DQ, and what they hold. */
export interface Inserted {
  readonly graph: Graph;
  readonly quantized: readonly Quantized[];
}

/**
 * Puts QuantizeLinear and DequantizeLinear where a placement has them, with the parameters of each measured value. A
 * value or constant that several applications read is quantized once; who is not in the placement reads what was there
 * before.
 */
export function insertQuantization(
  graph: Graph,
  { readings }: Placement,
  parameters: ReadonlyMap<Value, Parameters>,
): Inserted {
  const maker = new Maker(parameters);
  const rewritten = rewriteGraph(graph, {
    application: (made, was) => {
      const inputs = readings.get(was);
      return inputs && readAnew(made, was, (given, index) => maker.make(inputs.get(index), given, was.inputs[index]));
    },
  });
  return { graph: rewritten.graph, quantized: maker.quantized };
}

function readAnew(
  made: Application,
  was: Application,
  read: (given: Value, index: number) => Value,
): Application["results"] {
  const inputs = made.inputs.map((given, index) => given && read(given, index));
  return application({ ...made, inputs, outputs: was.results.map((result) => result !== undefined) }).results;
}

/** Makes what stands for a value behind Q/DQ; each once. */
class Maker {
  readonly quantized: Quantized[] = [];
  readonly #parameters: ReadonlyMap<Value, Parameters>;
  readonly #activations = new Map<Value, Value>();
  readonly #weights = new Map<Constant, { readonly weight: QuantizedWeight; readonly value: Value }[]>();
  readonly #biases = new Map<Constant, { readonly scales: Float32Array; readonly value: Value }[]>();

  constructor(parameters: ReadonlyMap<Value, Parameters>) {
    this.#parameters = parameters;
  }

  make(reading: Reading | undefined, given: Value, was: Value | undefined): Value {
    switch (reading?.kind) {
      case undefined:
        return given;
      case "Activation":
        return this.#activation(given, was!, reading.measured);
      case "Weight":
        return this.#weight(reading).value;
      case "Bias":
        return this.#bias(reading);
    }
  }

  #activation(given: Value, was: Value, measured: Value): Value {
    const known = this.#activations.get(was);
    if (known !== undefined) return known;
    const name = valueName(was);
    const { type, scale: step, zeroPoint } = this.#parametersOf(measured);
    const scales = Float32Array.of(step);
    const scale = constant(tensor(`${name}/scale`, "float32", [], scales));
    const zero = constant(tensor(`${name}/zero_point`, type, [], elements[type].array.from([zeroPoint])));
    const bytes = apply("QuantizeLinear", [given, scale, zero], {}, { name: `${name}/quantize` });
    const value = apply("DequantizeLinear", [bytes, scale, zero], {}, { name: `${name}/dequantize` });
    this.#activations.set(was, value);
    this.quantized.push({ name, kind: "Activation", scales, zeroPoint, measured: valueName(measured) });
    return value;
  }

  #weight({ constant: given, axis, bias }: Omit<Extract<Reading, { kind: "Weight" }>, "kind">): {
    readonly weight: QuantizedWeight;
    readonly value: Value;
  } {
    const made = this.#weights.get(given) ?? [];
    this.#weights.set(given, made);
    const plain = made.find(({ weight }) => weight.axis === axis)?.weight ?? quantizeWeight(given.tensor, axis);
    const scales = bias
      ? scalesForBias(bias.constant.tensor, this.#scaleOf(bias.measured), plain.scales)
      : plain.scales;
    const known = made.find(({ weight }) => weight.axis === axis && equal(weight.scales, scales));
    if (known !== undefined) return known;
    const weight = equal(scales, plain.scales)
      ? plain
      : withScales(given.tensor, valuesOf(given.tensor) as Float32Array, axis, scales);
    const value = dequantized(valueName(given), constant(weightTensor(bytesName(given), weight)), weight);
    made.push({ weight, value });
    this.quantized.push({ name: valueName(given), kind: "Weight", scales, zeroPoint: 0, axis });
    return { weight, value };
  }

  #bias({ bias, weight, axis }: Extract<Reading, { kind: "Bias" }>): Value {
    const { constant: given, measured } = bias;
    const ofWeight = this.#weight({ constant: weight, axis, bias }).weight.scales;
    const { words, scales } = quantizeBias(given.tensor, this.#scaleOf(measured), ofWeight);
    const made = this.#biases.get(given) ?? [];
    this.#biases.set(given, made);
    const known = made.find((other) => equal(other.scales, scales));
    if (known !== undefined) return known.value;
    const bytes = constant(tensor(bytesName(given), "int32", given.tensor.dims, words));
    const value = dequantized(valueName(given), bytes, { scales, axis: scales.length === 1 ? undefined : 0 });
    made.push({ scales, value });
    this.quantized.push({
      ...{ name: valueName(given), kind: "Bias", scales, zeroPoint: 0, axis: 0 },
      measured: valueName(measured),
    });
    return value;
  }

  #parametersOf(measured: Value): Parameters {
    const found = this.#parameters.get(measured);
    if (found === undefined) throw new RangeError(`no parameters are given for ${valueName(measured)}`);
    return found;
  }

  #scaleOf = (measured: Value): number => this.#parametersOf(measured).scale;
}

const bytesName = (given: Constant): string => `${valueName(given)}/quantized`;

function dequantized(
  name: string,
  integers: Constant,
  { scales, axis }: Pick<QuantizedWeight, "scales" | "axis">,
): Value {
  const dims = axis === undefined ? [] : [scales.length];
  const inputs = [integers, constant(tensor(`${name}/scale`, "float32", dims, scales))];
  // Zero points that are left out are 0.
  return apply("DequantizeLinear", inputs, { axis }, { name: `${name}/dequantize` });
}

const equal = (a: Float32Array, b: Float32Array): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);
