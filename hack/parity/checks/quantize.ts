import type { Method } from "../../../runtime/quantize/calibrate/method.ts";
import { quantize, type Target } from "../../../runtime/quantize/quantize.ts";
import { trueAcceptRate, pairsOf } from "../../people/judge/measures.ts";
import type { Context } from "../context.ts";
import type { Row } from "../row.ts";
import { batchesOf, compareQuantizers, outputsOf, type Comparison } from "./quantize/comparison.ts";
import { drawPortraits, lookAt, type Portrait } from "./quantize/faces.ts";
import { readPhotographs } from "./quantize/photographs.ts";
import { loadModel, subjectsOf, type Subject } from "./quantize/subjects.ts";

const topic = "quantize";
/** A folder of people with PGM photographs, to measure on; without it only drawn people are measured on. */
const photographs = "FACEFLEET_FACES";

/** People of the range that no drawing was tuned on, apart for measuring ranges and for judging. */
const calibrationPeople = { firstSeed: 3000, people: 16, picturesEach: 3 };
const judgedPeople = { firstSeed: 51_000, people: 48, picturesEach: 6 };
/** Of the judged pictures, on how many the outputs of all networks are compared: a few people, all expressions. */
const comparedPictures = 48;

/**
 * INT8 against Python's onnxruntime.quantization on the same pictures: scales to 1e-6; cosines with float32 at least as
 * high, in the mean over networks and on the worst of them; and the recognizer in INT8 accepts as many as in float32.
 */
export async function* rows(context: Context): AsyncGenerator<Row> {
  context.progress("drawing people");
  const calibration = drawn(context, calibrationPeople);
  const judged = drawn(context, judgedPeople);
  const subjects = await subjectsOf(context);
  const compared: Comparison[] = [];
  for (const subject of subjects)
    for await (const comparison of compareQuantizers(context, subject, {
      calibration,
      judged: judged.slice(0, comparedPictures),
    })) {
      compared.push(comparison);
      yield scaleRow(comparison);
    }
  yield* cosineRows(compared);
  const recognizer = subjects.find(({ name }) => name === "face-recognition")!;
  yield* verificationRows(context, recognizer, calibration, { name: "drawn people", portraits: judged });
  const folder = process.env[photographs];
  if (folder === undefined) context.progress(`${photographs} names no folder: no photographs are measured on`);
  else {
    const portraits = await readPhotographs(folder, context.signal);
    yield* verificationRows(context, recognizer, calibration, { name: "photographs", portraits });
  }
}

function drawn(context: Context, group: Parameters<typeof drawPortraits>[0]): readonly Portrait[] {
  const portraits: Portrait[] = [];
  for (const portrait of drawPortraits(group)) {
    context.signal.throwIfAborted();
    portraits.push(portrait);
  }
  return portraits;
}

function scaleRow({ subject, target, method, scales }: Comparison): Row {
  const apart = scales.apart === 0 ? "" : `, not ${scales.apart} from ranges of other values`;
  return {
    topic,
    name: `${subject.name} for ${target} by ${method}: ${scales.compared} scales${apart}`,
    ...{ ours: scales.largest, theirs: 0, bound: "relative <= 1e-6" },
    ok: scales.largest <= 1e-6 && scales.compared > 0,
  };
}

/** For each target and method, over all networks that went through it. */
function* cosineRows(compared: readonly Comparison[]): Generator<Row> {
  for (const target of ["TensorRT", "ONNXRuntime"] as const satisfies Target[])
    for (const method of ["MinMax", "Entropy", "Percentile"] as const satisfies Method["kind"][]) {
      const all = compared.filter((each) => each.target === target && each.method === method);
      const row = (what: string, of: (means: readonly number[]) => number): Row => {
        const ours = of(all.map(({ ours }) => mean(ours)));
        const theirs = of(all.map(({ theirs }) => mean(theirs)));
        const name = `cosine with float32 for ${target} by ${method}, ${what} of ${all.length} networks`;
        return { topic, name, ours, theirs, bound: ">= theirs", ok: ours >= theirs };
      };
      yield row("mean", mean);
      yield row("worst", (means) => Math.min(...means));
    }
}

/** What a recognizer loses least by in speed, and gains most by in precision. */
const outermost = [{ layers: "first" }, { layers: "last" }] as const;

/**
 * True accepts at a false accept rate of 1e-2, in INT8 and in float32. A pair of pictures of one person is .14 points
 * here: with the outermost layers in INT8 as well, up to four pairs fall on the other side of the threshold.
 */
async function* verificationRows(
  context: Context,
  recognizer: Subject,
  calibration: readonly Portrait[],
  { name, portraits }: { readonly name: string; readonly portraits: readonly Portrait[] },
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
    const quantized = await quantize(model, {
      target,
      method: { kind: "MinMax" },
      batches,
      exclude: outermost,
      signal,
    });
    const ours = rateOf(await outputsOf(quantized.model, pictures));
    yield {
      topic,
      name: `TAR at FAR 1e-2, ${portraits.length} ${name}, INT8 for ${target} but the outermost layers`,
      ...{ ours, theirs: exact, bound: "within .5 points" },
      ok: Math.abs(ours - exact) <= 0.5,
    };
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
