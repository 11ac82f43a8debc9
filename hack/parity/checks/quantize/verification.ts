import { quantize } from "../../../../runtime/quantize/quantize.ts";
import { pairsOf, trueAcceptRate } from "../../../people/judge/measures.ts";
import type { Context } from "../../context.ts";
import type { Row } from "../../row.ts";
import { batchesOf, outputsOf } from "./comparison.ts";
import { lookAt, type Portrait } from "./faces.ts";
import { loadModel, type Subject } from "./subjects.ts";

/** A recognizer, the pictures that its ranges are measured on, and others that it is judged by. */
export interface Verification {
  readonly recognizer: Subject;
  readonly calibration: readonly Portrait[];
  readonly judged: { readonly name: string; readonly portraits: readonly Portrait[] };
}

/**
 * True accepts at a false accept rate of 1e-2, in INT8 as the build makes it and in float32. Among the drawn people, a
 * pair of pictures of one person is .14 points.
 */
export async function* verificationRows(
  context: Context,
  { recognizer, calibration, judged: { name, portraits } }: Verification,
): AsyncGenerator<Row> {
  const model = await loadModel(recognizer.path);
  const ranges = lookAt(calibration, recognizer.look);
  const pictures = batchesOf(model, recognizer, lookAt(portraits, recognizer.look), 1);
  const rateOf = (embeddings: readonly Float32Array[]): number =>
    100 *
    trueAcceptRate(pairsOf(embeddings.map((embedding, i) => ({ person: portraits[i]!.person, embedding }))), 1e-2);
  const exact = rateOf(await outputsOf(model, pictures));
  for (const target of ["TensorRT", "ONNXRuntime"] as const) {
    context.progress(`verification of ${name} for ${target}`);
    const batches = () => batchesOf(model, recognizer, ranges, 4);
    const { signal } = context;
    const quantized = await quantize(model, { target, method: { kind: "MinMax" }, batches, signal });
    const ours = rateOf(await outputsOf(quantized.model, pictures));
    yield {
      topic: "quantize",
      name: `TAR at FAR 1e-2, ${portraits.length} ${name}, all in INT8 for ${target}`,
      ...{ ours, theirs: exact, bound: "within .5 points" },
      ok: Math.abs(ours - exact) <= 0.5,
    };
  }
}
