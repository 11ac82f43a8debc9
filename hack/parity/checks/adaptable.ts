import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { makeAdaptable, type AdaptablePoint } from "../../../runtime/adapt/adaptable.ts";
import { affineInputs, batchStatistics, momentOutputs } from "../../../runtime/adapt/anchor-statistics.ts";
import { openEvaluator } from "../../../runtime/adapt/evaluator.ts";
import { parametersOf } from "../../../runtime/adapt/parameters.ts";
import type { Statistics } from "../../../runtime/adapt/statistics.ts";
import { decodeModel } from "../../../runtime/graph/codec/decode.ts";
import type { Model } from "../../../runtime/graph/graph.ts";
import { readModel } from "../../../runtime/graph/read.ts";
import { relativeDifference } from "../compare.ts";
import type { Context, ExportedModel } from "../context.ts";
import type { Row } from "../row.ts";
import { readSafetensors } from "../safetensors.ts";

const topic = "adaptable";
/** Of the outputs with source values, and of the moments. */
const [outputBound, momentBound] = [1e-5, 1e-3];
const momentsScript = join(import.meta.dirname, "adaptable", "moments.py");

/**
 * Models that take scale and shift of each normalization point as inputs, with source values, against the models as
 * they were; and the moments that they give against those of the activations in double precision. Models without a
 * point (a ViT) have only their parameters counted.
 */
export async function* rows(context: Context): AsyncGenerator<Row> {
  for (const { backbone, path } of context.references) {
    const reference = await readSafetensors(path);
    const { data, dims } = reference.get("image")!;
    const models = context.models.filter((each) => each.backbone === backbone);
    for (const exported of models.filter(({ form }) => form === "normalized"))
      yield await countParameters(exported, [...reference.keys()]);
    if (backbone === "vit") continue;
    for (const exported of models) yield* compare(context, exported.path, { dims, values: data });
  }
  for (const { path } of context.faceModels) yield* compare(context, path, undefined);
}

/** What a step would learn, by name, and what PyTorch has as parameters of the network. */
async function countParameters({ backbone, opset, path }: ExportedModel, names: readonly string[]): Promise<Row> {
  const { graph } = readModel(decodeModel(await readFile(path)));
  const [ours, theirs] = [
    parametersOf(graph).map(({ name }) => name),
    names.flatMap((name) => (name.startsWith("gradient.") ? [name.slice("gradient.".length)] : [])),
  ];
  return {
    ...{ topic, name: `${backbone}, opset ${opset}, parameters`, ours: ours.length, theirs: theirs.length },
    ...{ bound: "the same names", ok: new Set(ours).symmetricDifference(new Set(theirs)).size === 0 },
  };
}

async function* compare(context: Context, path: string, image: Picture | undefined): AsyncGenerator<Row> {
  context.signal.throwIfAborted();
  const name = basename(path, ".onnx");
  context.progress(name);
  const original = readModel(decodeModel(await readFile(path)));
  const feed = image ?? pixelsFor(original);
  const input = original.graph.inputs[0]!.name;
  const outputs = original.graph.outputs.map((output) => output.name);
  const { model, points } = makeAdaptable(original);
  await using before = await openEvaluator(original, { threads: 2 });
  await using after = await openEvaluator(model, { threads: 2 });
  const theirs = await before.run({ [input]: feed }, outputs);
  const found = await after.run({ [input]: feed, ...affineInputs(points) }, [...outputs, ...momentOutputs(points)]);
  const difference = Math.max(...outputs.map((output) => relativeDifference(found[output]!, theirs[output]!)));
  yield {
    ...{ topic, name: `${name}, ${points.length} points, output with source values, relative`, ours: difference },
    ...{ theirs: 0, bound: `<= ${outputBound}`, ok: difference <= outputBound },
  };
  const exact = await exactMoments(context, { path, input, feed, points });
  const ours = batchStatistics(points, found);
  const apart = Math.max(...points.map((point, place) => momentsApart(ours.get(point.name)!, exact[place]!)));
  yield {
    ...{ topic, name: `${name}, moments of its points, in standard deviations and relative`, ours: apart },
    ...{ theirs: 0, bound: `<= ${momentBound}`, ok: apart <= momentBound },
  };
}

/** A batch of pictures, [N, 3, height, width]. */
interface Picture {
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

interface ExactMoments {
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

interface Asked {
  readonly path: string;
  readonly input: string;
  readonly feed: Picture;
  readonly points: readonly AdaptablePoint[];
}

async function exactMoments({ scratch, python }: Context, { path, input, feed, points }: Asked) {
  const image = join(scratch, "image.f32");
  await writeFile(image, feed.values);
  const asked = points.map(({ kind, name }) => ({ kind, name }));
  return (await python(momentsScript, { model: path, input, image, dims: feed.dims, points: asked })) as ExactMoments[];
}

/** How far a mean is off in standard deviations, and a variance relative to itself, at worst. */
function momentsApart(ours: Statistics, theirs: ExactMoments): number {
  // A channel that hardly moves is rounding: it counts as if it moved a hundredth of what the widest does.
  const least = Math.max(1e-12, ...theirs.variance) * 1e-4;
  const off = theirs.mean.map((mean, channel) => {
    const variance = Math.max(theirs.variance[channel]!, least);
    const ofMean = Math.abs(ours.mean[channel]! - mean) / Math.sqrt(variance);
    return Math.max(ofMean, Math.abs(ours.variance[channel]! - theirs.variance[channel]!) / variance);
  });
  return ours.mean.length === off.length ? Math.max(...off) : NaN;
}

/** Noise in the range of pixels, in the model's size; 224 where that is open. */
function pixelsFor({ graph }: Model): Picture {
  const dims = graph.inputs[0]!.dims!.map((dim, axis) => (typeof dim === "number" ? dim : axis === 0 ? 1 : 224));
  let state = 3;
  const values = new Float32Array(dims.reduce((product, size) => product * size, 1)).map(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 32) * 255;
  });
  return { dims, values };
}
