import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { makeAdaptable } from "../../../runtime/adapt/adaptable.ts";
import { affineInputs, momentOutputs, momentsOf } from "../../../runtime/adapt/anchor-statistics.ts";
import { openEvaluator, type Data } from "../../../runtime/adapt/evaluator.ts";
import { decodeModel } from "../../../runtime/graph/codec/decode.ts";
import type { Model } from "../../../runtime/graph/graph.ts";
import { readModel } from "../../../runtime/graph/read.ts";
import { relativeDifference } from "../compare.ts";
import type { Context } from "../context.ts";
import type { Row } from "../row.ts";
import { readSafetensors } from "../safetensors.ts";

const topic = "adaptable";
const bound = 1e-5;

/**
 * Models that take scale and shift of each normalization point as inputs, with source values, against the models as
 * they were. Those without a point (a ViT) are left out.
 */
export async function* rows(context: Context): AsyncGenerator<Row> {
  for (const { backbone, path } of context.references) {
    if (backbone === "vit") continue;
    const { data, dims } = (await readSafetensors(path)).get("image")!;
    for (const exported of context.models.filter((each) => each.backbone === backbone))
      yield* compare(context, exported.path, { dims, values: data });
  }
  for (const { path } of context.faceModels) yield* compare(context, path, undefined);
}

async function* compare({ progress, signal }: Context, path: string, image: Data | undefined): AsyncGenerator<Row> {
  signal.throwIfAborted();
  const name = basename(path, ".onnx");
  progress(name);
  const original = readModel(decodeModel(await readFile(path)));
  const feed = image ?? pixelsFor(original);
  const [input, output] = [original.graph.inputs[0]!.name, original.graph.outputs[0]!.name];
  const { model, points } = makeAdaptable(original);
  await using before = await openEvaluator(original, { threads: 2 });
  await using after = await openEvaluator(model, { threads: 2 });
  const theirs = (await before.run({ [input]: feed }, [output]))[output]!;
  const found = await after.run({ [input]: feed, ...affineInputs(points) }, [output, ...momentOutputs(points)]);
  const difference = relativeDifference(found[output]!, theirs);
  const moments = [...momentsOf(points, found).values()];
  yield {
    ...{ topic, name: `${name}, ${points.length} points, output with source values, relative`, ours: difference },
    ...{ theirs: 0, bound: `<= ${bound}`, ok: difference <= bound },
  };
  const possible = moments.every(({ mean, meanSquare }) =>
    mean.every((value, channel) => meanSquare[channel]! >= value ** 2 * (1 - 1e-4)),
  );
  yield {
    ...{ topic, name: `${name}, moments that a distribution can have`, ours: String(possible), theirs: "true" },
    ...{ bound: "mean of squares >= square of mean", ok: possible },
  };
}

/** Noise in the range of pixels, in the model's size; 224 where that is open. */
function pixelsFor({ graph }: Model): Data {
  const dims = graph.inputs[0]!.dims!.map((dim, axis) => (typeof dim === "number" ? dim : axis === 0 ? 1 : 224));
  let state = 3;
  const values = new Float32Array(dims.reduce((product, size) => product * size, 1)).map(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state / 2 ** 32) * 255;
  });
  return { dims, values };
}
