import { floatOf, intOf } from "../graph/attributes.ts";
import type { Application, Constant, Value } from "../graph/expression.ts";
import type { Graph } from "../graph/graph.ts";
import { Names } from "../graph/names.ts";
import { typeOf, valuesOf } from "../graph/tensor.ts";
import { applicationsOf, usesOf } from "../graph/topology.ts";
import type { Affine } from "./affine.ts";
import type { Statistics } from "./statistics.ts";

/**
 * A place where a network's activations x are normalized a channel: y = x * scale + shift. A BatchNormalization, or a
 * convolution with a bias, into which exporters for inference fold one: there y = x until somebody adapts it.
 */
export interface Point {
  /** Unique in the model. */
  readonly name: string;
  readonly kind: "BatchNormalization" | "Conv";
  readonly channels: number;
  /** The scale and shift with which the network computes what it always has. */
  readonly source: Affine;
  /** The moments that x had in training, as BatchNormalization remembers them; those of a convolution are to be measured. */
  readonly remembered: Statistics | undefined;
  /** What keeps the variance from zero. */
  readonly epsilon: number;
}

/** The points of a graph by the application that each replaces or follows, in the order of computation. */
export function findPoints(graph: Graph): ReadonlyMap<Application, Point> {
  const uses = usesOf(graph);
  const names = new Names();
  const points = applicationsOf(graph).flatMap((application) => {
    const found = pointAt(application, (value) => uses.get(value)?.applications ?? []);
    return found === undefined ? [] : [[application, { ...found, name: names.give(wishedName(application)) }] as const];
  });
  return new Map(points);
}

const wishedName = ({ name, names, opType }: Application): string => names[0] ?? name ?? opType;

type Found = Omit<Point, "name">;

function pointAt(application: Application, readers: (value: Value) => readonly Application[]): Found | undefined {
  if (application.domain !== "" && application.domain !== "ai.onnx") return undefined;
  switch (application.opType) {
    case "BatchNormalization":
      return batchNormalization(application);
    case "Conv":
      return readers(application.results[0]!).some(({ opType }) => opType === "BatchNormalization")
        ? undefined
        : convolution(application);
    default:
      return undefined;
  }
}

/** Its own parameters must be part of the model, and its moments those of training. */
function batchNormalization(application: Application): Found | undefined {
  if (intOf(application, "training_mode", 0) === 1) return undefined;
  const parameters = application.inputs.slice(1).map(floatsOf);
  if (!parameters.every((values) => values !== undefined)) return undefined;
  const [gamma, beta, mean, variance] = parameters as [Float32Array, Float32Array, Float32Array, Float32Array];
  const epsilon = floatOf(application, "epsilon", 1e-5);
  const scale = gamma.map((value, channel) => value / Math.sqrt(variance[channel]! + epsilon));
  const shift = beta.map(
    (value, channel) => value - (mean[channel]! * gamma[channel]!) / Math.sqrt(variance[channel]! + epsilon),
  );
  return {
    kind: "BatchNormalization",
    channels: gamma.length,
    source: { scale, shift },
    remembered: { mean, variance },
    epsilon,
  };
}

/** One that has a bias: folding leaves one behind. */
function convolution({ inputs }: Application): Found | undefined {
  const bias = floatsOf(inputs[2]);
  if (bias === undefined) return undefined;
  const channels = bias.length;
  const source = { scale: new Float32Array(channels).fill(1), shift: new Float32Array(channels) };
  return { kind: "Conv", channels, source, remembered: undefined, epsilon: 1e-5 };
}

/** The elements of a float32 constant. */
function floatsOf(value: Value | undefined): Float32Array | undefined {
  const tensor = constantOf(value)?.tensor;
  return tensor !== undefined && typeOf(tensor) === "float32" ? (valuesOf(tensor) as Float32Array) : undefined;
}

const constantOf = (value: Value | undefined): Constant | undefined => (value?.kind === "Constant" ? value : undefined);
