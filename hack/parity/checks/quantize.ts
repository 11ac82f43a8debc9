import type { Method } from "../../../runtime/quantize/calibrate/method.ts";
import type { Target } from "../../../runtime/quantize/quantize.ts";
import { messageOf } from "../../cluster/errors.ts";
import type { Context } from "../context.ts";
import type { Row } from "../row.ts";
import { unknownIn } from "./quantize/apart.ts";
import { compareQuantizers, type Comparison } from "./quantize/comparison.ts";
import { drawPortraits, type Portrait } from "./quantize/faces.ts";
import { readPhotographs } from "./quantize/photographs.ts";
import { subjectsOf } from "./quantize/subjects.ts";
import { verificationRows } from "./quantize/verification.ts";

const topic = "quantize";
/** Names a folder of photographs, one folder a person, to measure on; without it only drawn people are measured on. */
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
  const verified = { recognizer, calibration };
  yield* verificationRows(context, { ...verified, judged: { name: "drawn people", portraits: judged } });
  const folder = process.env[photographs];
  if (folder === undefined) yield unmeasured;
  else {
    const portraits = await readPhotographs(folder, context.signal).catch((error: unknown) => {
      throw new Error(`${photographs}: ${messageOf(error)}`, { cause: error });
    });
    yield* verificationRows(context, { ...verified, judged: { name: "photographs", portraits } });
  }
}

/** In the place of the rows on photographs, where there are none: it fails nobody and is seen. */
const unmeasured: Row = {
  topic,
  name: "TAR at FAR 1e-2, photographs, all in INT8",
  ...{ ours: "not measured", theirs: "not measured", bound: `give photographs: ${photographs}=FOLDER` },
  ok: true,
};

function drawn(context: Context, group: Parameters<typeof drawPortraits>[0]): readonly Portrait[] {
  const portraits: Portrait[] = [];
  for (const portrait of drawPortraits(group)) {
    context.signal.throwIfAborted();
    portraits.push(portrait);
  }
  return portraits;
}

/** What follows from another value's range by design is counted (apart.ts); nothing else may be missing. */
function scaleRow({ subject, target, method, scales: { compared, apart, alone, largest } }: Comparison): Row {
  const unexplained = [...unknownIn(apart, subject.name, target), ...alone];
  const counted = apart.length === 0 ? "" : `, ${apart.length} values apart`;
  return {
    topic,
    name: `${subject.name} for ${target} by ${method}: ${compared} scales${counted}`,
    ours: unexplained.length === 0 ? largest : `missing: ${unexplained.join(", ")}`,
    ...{ theirs: 0, bound: "relative <= 1e-6, none missing" },
    ok: largest <= 1e-6 && compared > 0 && unexplained.length === 0,
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

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
