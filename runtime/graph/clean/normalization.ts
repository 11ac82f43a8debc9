import { floatOf, intOf } from "../attributes.ts";
import { application, constant, type Application, type Result, type Value } from "../expression.ts";
import type { Graph, Model } from "../graph.ts";
import { add, multiply } from "../operators.ts";
import { rewriteGraph } from "../rewrite.ts";
import { tensor, valuesOf } from "../tensor.ts";
import { usesOf } from "../topology.ts";
import { numbers } from "../literals.ts";

/**
 * A BatchNormalization that became part of the convolution before it. With x the convolution's output as it was, the
 * folded convolution gives scale (x - mean) / sqrt(variance + epsilon) + shift.
 */
export interface FoldedNormalization {
  /** What the folded convolution gives, in the new graph. */
  readonly value: Result;
  /** One each per channel. */
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly epsilon: number;
}

/** A model with its normalizations folded, and what they were. */
export interface FoldedModel {
  readonly model: Model;
  readonly folded: readonly FoldedNormalization[];
}

/** Axis of the weight on which the output channels are, and whether groups share it. */
const channelAxis: Readonly<Record<string, 0 | 1>> = { Conv: 0, ConvTranspose: 1 };

/**
 * Folds each BatchNormalization with source statistics into the convolution whose output nobody else reads. Outputs
 * change by rounding only (relative 1e-6 or so). Weights in other types than float32, and what is not constant, stay.
 */
export function foldNormalizations(model: Model): FoldedModel {
  const uses = usesOf(model.graph);
  const pending = new Map<Application, Omit<FoldedNormalization, "value">>();
  const isOnlyRead = (was: Application): boolean => {
    const [value] = was.inputs;
    const found = value === undefined ? undefined : uses.get(value);
    return found?.applications.length === 1 && found.outputs === 0;
  };
  const rewritten = rewriteGraph(model.graph, {
    application: (made, was) => {
      if (made.opType !== "BatchNormalization" || made.domain !== "" || !isOnlyRead(was)) return undefined;
      const normalization = sourceStatistics(made);
      const folded = normalization && foldInto(made, normalization);
      if (normalization === undefined || folded === undefined) return undefined;
      pending.set(folded, normalization);
      return folded.results;
    },
  });
  const folded = [...pending].map(([made, normalization]) => ({ value: made.results[0]!, ...normalization }));
  return { model: { ...model, graph: rewritten.graph }, folded };
}

/**
 * Mean and variance of what a folded convolution gives, per channel, on the data that its normalization had them from:
 * shift, and scale^2 variance / (variance + epsilon). They are what an adaptable model starts from.
 */
export function outputStatistics({ scale, shift, variance, epsilon }: FoldedNormalization): {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
} {
  return { mean: shift, variance: scale.map((g, c) => (g * g * variance[c]!) / (variance[c]! + epsilon)) };
}

type Normalization = Omit<FoldedNormalization, "value">;

/** What a BatchNormalization does at inference, if that is all it does and it is constant. */
function sourceStatistics(made: Application): Normalization | undefined {
  const { inputs, results } = made;
  if (intOf(made, "training_mode", 0) !== 0 || intOf(made, "spatial", 1) === 0) return undefined;
  if (results.some((result, index) => index > 0 && result !== undefined)) return undefined;
  const [scale, shift, mean, variance] = inputs.slice(1, 5).map(floatsOf);
  if (scale === undefined || shift === undefined || mean === undefined || variance === undefined) return undefined;
  return { scale, shift, mean, variance, epsilon: floatOf(made, "epsilon", 1e-5) };
}

function floatsOf(value: Value | undefined): Float32Array | undefined {
  if (value?.kind !== "Constant" || value.tensor.dataLocation === 1 || value.tensor.dataType !== 1) return undefined;
  return valuesOf(value.tensor) as Float32Array;
}

/** The convolution with the normalization in its weight and bias; undefined where it has none before it. */
function foldInto({ inputs: [value], names }: Application, normalization: Normalization): Application | undefined {
  const made = value?.kind === "Result" ? value.application : undefined;
  const axis = made?.domain === "" ? channelAxis[made.opType] : undefined;
  if (made === undefined || axis === undefined) return undefined;
  const [x, weight, bias] = made.inputs;
  const weights = floatsOf(weight);
  const biases = bias === undefined ? new Float32Array(normalization.scale.length) : floatsOf(bias);
  if (weight?.kind !== "Constant" || weights === undefined || biases === undefined) return undefined;
  const { dims, name } = weight.tensor;
  const factors = factorsOf(normalization);
  const groups = axis === 1 ? intOf(made, "group", 1) : 1;
  if (factors.length !== dims[axis]! * groups || factors.length !== biases.length) return undefined;
  const { mean, shift } = normalization;
  const scaled = scaleChannels(weights, dims, axis, groups, factors);
  const moved = biases.map((b, c) => (b - mean[c]!) * factors[c]! + shift[c]!);
  const biasName = bias?.kind === "Constant" ? bias.tensor.name : undefined;
  return application({
    ...made,
    inputs: [
      x,
      constant(tensor(name, "float32", dims, scaled)),
      constant(tensor(biasName ?? `${name ?? "weight"}_bias`, "float32", [moved.length], moved)),
    ],
    outputs: 1,
    names,
  });
}

/** In double precision, so that rounding comes once. */
const factorsOf = ({ scale, variance, epsilon }: Normalization): number[] =>
  Array.from(scale, (g, channel) => g / Math.sqrt(variance[channel]! + epsilon));

/**
 * The weight with each output channel scaled. On axis 0 channels come one after the other; on axis 1 each input channel
 * has those of its group.
 */
function scaleChannels(
  weights: Float32Array,
  dims: readonly number[],
  axis: 0 | 1,
  groups: number,
  factors: readonly number[],
): Float32Array {
  const [first = 1, second = 1, ...window] = dims;
  const area = window.reduce((product, size) => product * size, 1);
  const channelOf =
    axis === 0
      ? (index: number): number => Math.floor(index / (area * second))
      : (index: number): number => {
          // Whole numbers all the way: (1 / 49) * 49 is less than 1.
          const group = Math.floor(Math.floor(index / (area * second)) / (first / groups));
          return group * second + (Math.floor(index / area) % second);
        };
  return weights.map((w, index) => w * factors[channelOf(index)]!);
}

/** A per-channel affine that was put behind a value: scale * value + shift. */
export interface InsertedAffine {
  /** The value before it, in the old graph. */
  readonly of: Value;
  /** What it gives, in the new graph. */
  readonly value: Result;
  readonly scale: Value;
  readonly shift: Value;
}

/** What an affine multiplies by and adds: values that broadcast along the channels, such as [C, 1, 1]. */
export interface Affine {
  readonly scale: Value;
  readonly shift: Value;
}

/** An affine that changes nothing, for a value of NCHW with so many channels. */
export function neutralAffine(channels: number): Affine {
  const filled = (value: number): Value =>
    numbers("float32", [channels, 1, 1], new Array<number>(channels).fill(value));
  return { scale: filled(1), shift: filled(0) };
}

/**
 * The inverse of folding: puts an affine behind each result for which one is given, where everything that read the
 * result reads the affine. Results within bodies are not asked for. Inputs among the affines are for the caller to add
 * to the graph.
 */
export function insertAffines(
  graph: Graph,
  affineOf: (value: Result) => Affine | undefined,
): { readonly graph: Graph; readonly inserted: readonly InsertedAffine[] } {
  const known = usesOf(graph);
  const inserted: InsertedAffine[] = [];
  const rewritten = rewriteGraph(graph, {
    application: (made, was) => {
      const results = was.results.map((of, index) => {
        const before = made.results[index];
        const affine = of !== undefined && known.has(of) ? affineOf(of) : undefined;
        if (of === undefined || before === undefined || affine === undefined) return undefined;
        const value = add(multiply(before, affine.scale), affine.shift);
        inserted.push({ of, value, ...affine });
        return value;
      });
      return results.some((value) => value !== undefined) ? results : undefined;
    },
  });
  return { graph: rewritten.graph, inserted };
}
