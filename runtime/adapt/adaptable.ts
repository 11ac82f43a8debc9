import {
  apply,
  constant,
  float,
  input,
  type Application,
  type Input,
  type Result,
  type Value,
} from "../graph/expression.ts";
import type { Model, Output } from "../graph/graph.ts";
import { numbers } from "../graph/literals.ts";
import { Names } from "../graph/names.ts";
import { multiply, reduce, reshape, subtract } from "../graph/operators.ts";
import { rewriteGraph } from "../graph/rewrite.ts";
import { inferTypes } from "../graph/shapes/infer.ts";
import { tensor } from "../graph/tensor.ts";
import { AdaptError } from "./adapt-error.ts";
import type { AffineOf } from "./affine.ts";
import { findPoints, type Point } from "./point.ts";

/** A point of a model that can be adapted, and the names under which the model has it. */
export interface AdaptablePoint extends Point {
  readonly inputs: { readonly scale: string; readonly shift: string };
  readonly outputs: { readonly mean: string; readonly variance: string };
}

/**
 * A model that takes the scale and shift of each point as inputs [channels] and gives the moments of each point's
 * activations over the batch and all positions as outputs [channels], after its own inputs and outputs.
 */
export interface AdaptableModel {
  readonly model: Model;
  readonly points: readonly AdaptablePoint[];
}

/**
 * Makes a model adaptable. With the source values of all points its outputs are those of the model as it was.
 * @param select which points are made adaptable; all of them when left out
 * @throws {AdaptError} if the model has no such point.
 */
export function makeAdaptable(model: Model, select: (point: Point) => boolean = () => true): AdaptableModel {
  const found = [...findPoints(model.graph)].filter(([, point]) => select(point));
  if (found.length === 0)
    throw new AdaptError(
      `model ${model.graph.name}`,
      "it has no BatchNormalization with constant float32 parameters and no convolution with a bias: nothing to adapt " +
        "(a model that was made adaptable has its scales and shifts as inputs)",
    );
  const names = new Names();
  for (const { name } of [...model.graph.inputs, ...model.graph.outputs]) names.take(name);
  const points = new Map(found.map(([application, point]) => [application, named(point, names)]));
  const types = inferTypes(model);
  const inputs: Input[] = [];
  const outputs: Output[] = [];
  const opset = model.opsets.get("") ?? 1;
  const { graph } = rewriteGraph(model.graph, {
    application: (made, was) => {
      const point = points.get(was);
      if (point === undefined) return undefined;
      const x = activationsOf(made, point);
      const rank = types.of(activationsOf(was, point))?.dims?.length;
      const axes = batchAxes(point, rank);
      const [scale, shift] = affineInputs(point);
      inputs.push(scale, shift);
      outputs.push(...moments(point, x, axes, opset));
      return [affine(x, scale, shift)];
    },
  });
  const complete = { ...graph, inputs: [...graph.inputs, ...inputs], outputs: [...graph.outputs, ...outputs] };
  return { model: { ...model, graph: complete }, points: [...points.values()] };
}

/**
 * The adaptable model for when nobody asks for moments. ONNX Runtime does not compute what is not fetched, but it keeps
 * the activations for it; without them it takes the memory of the original (test/bench/training.ts measures both).
 */
export function withoutMoments({ model, points }: AdaptableModel): Model {
  const ours = new Set(points.flatMap(({ outputs }) => [outputs.mean, outputs.variance]));
  return { ...model, graph: { ...model.graph, outputs: model.graph.outputs.filter(({ name }) => !ours.has(name)) } };
}

/**
 * The model with these affines for good: an ordinary model with the inputs and outputs that it had before it was made
 * adaptable. Points that are not given keep their source values. Runtimes fold the affines into the convolutions.
 * @throws {AdaptError} at an affine of a point that the model has not, or of another number of channels.
 */
export function commitAffines(adaptable: AdaptableModel, affines: AffineOf): Model {
  const model = withoutMoments(adaptable);
  const values = new Map<string, Value>();
  const known = new Set(adaptable.points.map(({ name }) => name));
  for (const name of affines.keys())
    if (!known.has(name)) throw new AdaptError(`point ${name}`, "the model has no such point");
  for (const { name, channels, inputs, source } of adaptable.points) {
    const { scale, shift } = affines.get(name) ?? source;
    if (scale.length !== channels || shift.length !== channels)
      throw new AdaptError(
        `point ${name}`,
        `it needs ${channels} scales and shifts, not ${scale.length} and ${shift.length}`,
      );
    values.set(inputs.scale, constant(tensor(inputs.scale, "float32", [scale.length], scale)));
    values.set(inputs.shift, constant(tensor(inputs.shift, "float32", [shift.length], shift)));
  }
  const { graph } = rewriteGraph(model.graph, {
    given: (value) => (value.kind === "Input" ? values.get(value.name) : undefined),
  });
  return { ...model, graph: { ...graph, inputs: graph.inputs.filter(({ name }) => !values.has(name)) } };
}

function named(point: Point, names: Names): AdaptablePoint {
  const name = (what: string): string => names.give(`${point.name}.${what}`);
  return {
    ...point,
    inputs: { scale: name("scale"), shift: name("shift") },
    outputs: { mean: name("mean"), variance: name("variance") },
  };
}

const affineInputs = ({ inputs, channels }: AdaptablePoint): readonly [Input, Input] => [
  input(inputs.scale, "float32", [channels]),
  input(inputs.shift, "float32", [channels]),
];

/** What a point normalizes: what BatchNormalization reads, what a convolution makes. */
const activationsOf = ({ inputs, results }: Application, { kind }: Point): Value =>
  kind === "Conv" ? results[0]! : inputs[0]!;

/**
 * A BatchNormalization with nothing left to normalize: one pass over the activations, where Mul and Add make two.
 */
function affine(x: Value, scale: Value, shift: Value): Result {
  const channels = (scale as Input).dims![0] as number;
  const [zeros, ones] = [0, 1].map((value) => numbers("float32", [channels], Array<number>(channels).fill(value)));
  return apply("BatchNormalization", [x, scale, shift, zeros, ones], { epsilon: float(0) });
}

/** About the mean: where that is large, the mean of squares says nothing of the variance in float32. */
function moments({ outputs, channels }: AdaptablePoint, x: Value, axes: readonly number[], opset: number): Output[] {
  const mean = reduce("Mean", x, { axes, keep: true, opset });
  const apart = subtract(x, mean);
  const variance = reduce("Mean", multiply(apart, apart), { axes, opset });
  return [
    { name: outputs.mean, value: reshape(mean, [channels]), type: "float32", dims: [channels] },
    { name: outputs.variance, value: variance, type: "float32", dims: [channels] },
  ];
}

/** All axes but that of the channels. */
function batchAxes({ name }: Point, rank: number | undefined): readonly number[] {
  if (rank === undefined)
    throw new AdaptError(`point ${name}`, "the rank of its activations is not known: declare their shape in the model");
  return [...Array(rank).keys()].filter((axis) => axis !== 1);
}
