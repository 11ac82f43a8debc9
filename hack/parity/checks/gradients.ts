import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { gradients } from "../../../runtime/autodiff/gradients.ts";
import { decodeModel } from "../../../runtime/graph/codec/decode.ts";
import { encodeModel } from "../../../runtime/graph/codec/encode.ts";
import { applyMany, type Constant, type Input } from "../../../runtime/graph/expression.ts";
import type { Graph, Model, Output } from "../../../runtime/graph/graph.ts";
import { readModel } from "../../../runtime/graph/read.ts";
import { rewriteGraph } from "../../../runtime/graph/rewrite.ts";
import { inferTypes } from "../../../runtime/graph/shapes/infer.ts";
import { applicationsOf, operandsOf } from "../../../runtime/graph/topology.ts";
import { writeModel } from "../../../runtime/graph/write.ts";
import { cosine, relativeDifference } from "../compare.ts";
import type { Context, ExportedModel } from "../context.ts";
import type { Row } from "../row.ts";
import { readSafetensors, type Floats } from "../safetensors.ts";

const topic = "gradients";
const oracle = join(import.meta.dirname, "gradients", "torch_float32.py");

/** With which statistics the network runs, and the prefix of its gradients in the reference. */
const modes = { evaluation: "", training: "training." } as const;
type Mode = keyof typeof modes;

/** How far gradients are from torch's in float64. */
interface Distance {
  readonly cosine: number;
  readonly relative: number;
  /** Of the parameter that is farthest: the norm of the difference relative to its own norm, or to the floor. */
  readonly worst: number;
}

/** Below this share of the largest norm of a parameter's gradient, a norm is rounding: biases before a normalization. */
const floor = 1e-3;

/**
 * Gradients of every parameter of the backbones against torch's in float64, with running and with batch statistics:
 * one graph that ONNX Runtime runs forward and backward. Beside them those of torch in float32.
 */
export async function* rows(context: Context): AsyncGenerator<Row> {
  for (const { backbone, path } of context.references) {
    const reference = await readSafetensors(path);
    context.progress(`${backbone} by torch in float32`);
    const request = { network: backbone, reference: path, floor };
    const inFloat32 = (await context.python(oracle, request)) as Record<string, Distance>;
    for (const exported of context.models.filter((each) => each.backbone === backbone && each.form === "normalized"))
      for (const mode of ["evaluation", "training"] as const) {
        const theirs = inFloat32[modes[mode]];
        if (theirs === undefined) continue;
        context.signal.throwIfAborted();
        const name = `${backbone}, opset ${exported.opset}, ${mode}`;
        context.progress(name);
        yield* rowsOf(name, await distance(exported, reference, mode), theirs);
      }
  }
}

function* rowsOf(name: string, ours: Distance, theirs: Distance): Generator<Row> {
  yield {
    ...{ topic, name: `${name}, cosine`, ours: ours.cosine, theirs: theirs.cosine },
    ...{ bound: ">= .9999", ok: ours.cosine >= 0.9999 },
  };
  yield {
    ...{ topic, name: `${name}, relative`, ours: ours.relative, theirs: theirs.relative },
    ...{ bound: "<= 5e-3", ok: ours.relative <= 5e-3 },
  };
  yield {
    ...{ topic, name: `${name}, worst parameter`, ours: ours.worst, theirs: theirs.worst },
    ...{ bound: "<= 5e-4", ok: ours.worst <= 5e-4 },
  };
}

async function distance(
  exported: ExportedModel,
  reference: ReadonlyMap<string, Floats>,
  mode: Mode,
): Promise<Distance> {
  const prefix = `${modes[mode]}gradient.`;
  const theirs = new Map([...reference].flatMap(([name, { data }]) => withoutPrefix(name, prefix, data)));
  const names = [...theirs.keys()];
  const model = readModel(decodeModel(await readFile(exported.path)));
  const ours = await run(withGradients(mode === "training" ? onBatchStatistics(model) : model, names), {
    image: reference.get("image")!,
    direction: reference.get("direction")!,
  });
  const [mine, torch] = [joined(names.map((name) => ours.get(name)!)), joined([...theirs.values()])];
  return {
    cosine: cosine(mine, torch),
    relative: relativeDifference(mine, torch),
    worst: worstOf(names.map((name) => [ours.get(name)!, theirs.get(name)!])),
  };
}

/** How far the farthest parameter is, each by its own norm. */
function worstOf(parameters: readonly (readonly [ours: Float32Array, theirs: Float32Array])[]): number {
  const smallest = floor * Math.max(...parameters.map(([, theirs]) => normOf(theirs)));
  const distances = parameters.map(([ours, theirs]) => {
    const apart = ours.map((value, index) => value - theirs[index]!);
    return ours.length === theirs.length ? normOf(apart) / Math.max(normOf(theirs), smallest) : NaN;
  });
  return Math.max(...distances);
}

const normOf = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

const withoutPrefix = (
  name: string,
  prefix: string,
  data: Float32Array,
): readonly (readonly [string, Float32Array])[] => (name.startsWith(prefix) ? [[name.slice(prefix.length), data]] : []);

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

/** Every BatchNormalization by the mean and variance of its batch. */
function onBatchStatistics(model: Model): Model {
  const { graph } = rewriteGraph(model.graph, {
    application: ({ opType, inputs, attributes }) => {
      if (opType !== "BatchNormalization") return undefined;
      const epsilon = attributes.find(({ name }) => name === "epsilon")?.f ?? 1e-5;
      return applyMany("BatchNormalization", inputs, { epsilon: { floats: epsilon }, training_mode: 1 }, 3);
    },
  });
  return { ...model, graph };
}

/** The model with the gradients of these parameters as its outputs, of the sum of direction * output. */
function withGradients(model: Model, names: readonly string[]): Model {
  const { graph } = model;
  const parameters = parametersOf(graph, names);
  const direction: Input = { kind: "Input", name: "direction", type: "float32", dims: undefined };
  const found = gradients({
    of: graph.outputs[0]!.value,
    wrt: [...parameters.values()],
    types: inferTypes(model),
    opset: model.opsets.get("")!,
    seed: direction,
  });
  const outputs = [...parameters].map(([name, value]): Output => {
    const gradient = found.get(value);
    if (gradient === undefined) throw new Error(`nothing flows back to ${name}`);
    return { name: `gradient.${name}`, value: gradient, type: "float32" };
  });
  return { ...model, graph: { ...graph, inputs: [...graph.inputs, direction], outputs } };
}

/** The constants of these names. */
function parametersOf(graph: Graph, names: readonly string[]): ReadonlyMap<string, Constant> {
  const constants = applicationsOf(graph)
    .flatMap(operandsOf)
    .filter((value) => value.kind === "Constant");
  const byName = new Map(constants.map((value) => [value.tensor.name, value]));
  return new Map(
    names.map((name) => {
      const found = byName.get(name);
      if (found === undefined) throw new Error(`the model has no parameter ${name}`);
      return [name, found];
    }),
  );
}

/** The gradients by parameter. */
async function run(
  model: Model,
  feeds: { readonly image: Floats; readonly direction: Floats },
): Promise<ReadonlyMap<string, Float32Array>> {
  const session = await InferenceSession.create(encodeModel(writeModel(model)), { logSeverityLevel: 3 });
  try {
    const of = ({ data, dims }: Floats): Tensor => new Tensor("float32", data, dims);
    const results = await session.run({ image: of(feeds.image), direction: of(feeds.direction) });
    return new Map(
      Object.entries(results).map(([name, { data }]) => [name.slice("gradient.".length), data as Float32Array]),
    );
  } finally {
    await session.release();
  }
}
