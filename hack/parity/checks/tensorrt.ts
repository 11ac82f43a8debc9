import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeModel } from "../../../runtime/graph/codec/decode.ts";
import type { Model } from "../../../runtime/graph/graph.ts";
import { readModel } from "../../../runtime/graph/read.ts";
import { inferTypes } from "../../../runtime/graph/shapes/infer.ts";
import { checkForTensorRT } from "../../../runtime/graph/tensorrt/check.ts";
import { describeProblem } from "../../../runtime/graph/tensorrt/problem.ts";
import { releases, versions } from "../../../runtime/graph/tensorrt/release.ts";
import type { BackboneName, Context, ExportedModel } from "../context.ts";
import type { Row } from "../row.ts";
import { readSafetensors } from "../safetensors.ts";
import { clean, derivations } from "./tensorrt/derived.ts";

const topic = "tensorrt";

/**
 * TensorRT itself needs a GPU, so theirs is what is known of it: it takes PyTorch's exports and what is made of them for
 * a device, and refuses what onnxruntime.quantization writes by default (https://github.com/microsoft/onnxruntime/issues/14229)
 * and reductions along axes that a Reshape makes (importerUtils.cpp: "Axis input must be an initializer!").
 */
export async function* rows(context: Context): AsyncGenerator<Row> {
  for (const { backbone, form, opset, path } of context.models)
    yield* expected(
      `${backbone}, ${form}, opset ${opset}`,
      await modelAt(path),
      !hasComputedAxes(backbone, form, opset),
    );
  for (const { name, path } of [...context.faceModels, ...context.detectors])
    yield* expected(name, await modelAt(path), true);
  yield* derived(context);
  yield* quantizedByPython(context);
}

/** As torch.export writes a mean over pixels, unoptimized: its axes pass through Reshape. */
const hasComputedAxes = (backbone: BackboneName, form: ExportedModel["form"], opset: number): boolean =>
  opset > 17 && form === "normalized" && ["efficientnet-b0", "resnet18", "resnet50"].includes(backbone);

/** A row for each release that reads the model's operator set. */
function* expected(name: string, model: Model, isTaken: boolean): Generator<Row> {
  const types = inferTypes(model);
  for (const version of versions) {
    if (model.opsets.get("")! > releases[version].opsets.newest) continue;
    const problems = checkForTensorRT(model, types, version).map(describeProblem);
    yield {
      topic,
      name: `${name}, TensorRT ${version}`,
      ours: problems.length === 0 ? "taken" : `refused, ${problems.length} problems: ${problems[0]}`,
      theirs: isTaken ? "taken" : "refused",
      bound: "equal",
      ok: (problems.length === 0) === isTaken,
    };
  }
}

async function* derived(context: Context): AsyncGenerator<Row> {
  for (const { backbone, form, opset, path } of context.models) {
    if (backbone === "resnet50" || backbone === "iresnet50") continue; // as the smaller ones, and slow
    const reference = context.references.find((each) => each.backbone === backbone)!;
    const image = (await readSafetensors(reference.path)).get("image")!;
    const cleaned = await clean(await modelAt(path));
    yield* expected(`${backbone}, ${form}, opset ${opset}, cleaned`, cleaned, true);
    for (const { name, derive, needs = form } of derivations) {
      if (needs !== form) continue;
      if (backbone === "vit" && name.includes("adapt")) continue; // it has nothing to adapt
      context.progress(`${backbone}, ${form}, opset ${opset}, ${name}`);
      yield* expected(`${backbone}, ${form}, opset ${opset}, ${name}`, await derive(cleaned, image), true);
    }
  }
}

async function* quantizedByPython(context: Context): AsyncGenerator<Row> {
  const { path } = context.models.find((model) => model.backbone === "resnet18" && model.form === "folded")!;
  const script = join(import.meta.dirname, "tensorrt", "quantize.py");
  for (const { name, unsigned, bias } of [
    { name: "as Python quantizes by default", unsigned: true, bias: true },
    { name: "with Python's int32 biases", unsigned: false, bias: true },
    { name: "by Python, symmetric, biases in floating point", unsigned: false, bias: false },
  ]) {
    const output = join(context.scratch, "quantized.onnx");
    await context.python(script, { model: path, output, unsigned, bias });
    yield* expected(`resnet18 in int8 ${name}`, await modelAt(output), !bias);
  }
}

const modelAt = async (path: string): Promise<Model> => readModel(decodeModel(await readFile(path)));
