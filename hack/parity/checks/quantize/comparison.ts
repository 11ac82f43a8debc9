import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Model } from "../../../../runtime/graph/graph.ts";
import { applicationsOf } from "../../../../runtime/graph/topology.ts";
import type { Method } from "../../../../runtime/quantize/calibrate/method.ts";
import type { Quantized } from "../../../../runtime/quantize/insert.ts";
import { quantize, type Target } from "../../../../runtime/quantize/quantize.ts";
import { onnxRuntimeSessions, type Batch } from "../../../../runtime/quantize/session.ts";
import { similarity } from "../../../../runtime/quantize/similarity.ts";
import { valueName } from "../../../../runtime/quantize/value-name.ts";
import type { Context } from "../../context.ts";
import { lookAt, type Portrait } from "./faces.ts";
import { loadModel, type Subject } from "./subjects.ts";

/** What both quantizers make of one network for one target by one method. */
export interface Comparison {
  readonly subject: Subject;
  readonly target: Target;
  readonly method: Method["kind"];
  readonly scales: ScaleDifference;
  /** Cosines with the float32 model, picture by picture. */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

/** How far scales of the same name are apart, where both follow from the range of the same value. */
export interface ScaleDifference {
  readonly compared: number;
  /** What follows from the ranges of different values though its name is the same; one that Python fixes is none. */
  readonly apart: readonly string[];
  /** What Python has not quantized. It quantizes more than ours: what no integer kernel reads. */
  readonly alone: readonly string[];
  /** The largest relative difference; NaN where zero points or shapes differ. */
  readonly largest: number;
}

/** Pictures that ranges are measured on, and others on which outputs are compared. */
export interface Pictures {
  readonly calibration: readonly Portrait[];
  readonly judged: readonly Portrait[];
}

/** Pictures in a batch of the calibration, for both. */
const together = 4;
const open = onnxRuntimeSessions();

/** Quantizes a network here and in Python on the same pictures, for each target by each of its methods. */
export async function* compareQuantizers(
  context: Context,
  subject: Subject,
  { calibration, judged }: Pictures,
): AsyncGenerator<Comparison> {
  const model = await loadModel(subject.path);
  const pictures = lookAt(calibration, subject.look);
  const seen = batchesOf(model, subject, lookAt(judged, subject.look), 1);
  const exact = await outputsOf(model, seen);
  const file = join(context.scratch, "pictures.f32");
  await writeFile(file, new Uint8Array(pictures.buffer));
  for (const target of ["TensorRT", "ONNXRuntime"] as const)
    for (const method of subject.methods) {
      context.progress(`${subject.name} for ${target} by ${method}`);
      const batches = () => batchesOf(model, subject, pictures, together);
      const { signal } = context;
      const mine = await quantize(model, { target, method: { kind: method }, batches, open, signal });
      const theirs = await quantizeInPython(context, { subject, target, method, file, count: calibration.length });
      yield {
        ...{ subject, target, method },
        scales: differenceOf(mine.quantized, theirs.quantized, model),
        ours: cosines(exact, await outputsOf(mine.model, seen)),
        theirs: cosines(exact, await outputsOf(await loadModel(theirs.path), seen)),
      };
    }
}

/** What a model makes of pictures, each alone. */
export async function outputsOf(model: Model, pictures: readonly Batch[]): Promise<readonly Float32Array[]> {
  await using session = await open(model);
  const outputs: Float32Array[] = [];
  for (const batch of pictures) {
    const [output] = await session.run(batch);
    outputs.push((output!.data as Float32Array).slice());
  }
  return outputs;
}

/** Pictures in batches of `size`, under the name of the model's input. */
export function batchesOf(model: Model, { look }: Subject, pictures: Float32Array, size: number): readonly Batch[] {
  const [input] = model.graph.inputs;
  const one = 3 * look.side * look.side;
  return Array.from({ length: Math.ceil(pictures.length / (one * size)) }, (_, i) => {
    const data = pictures.subarray(i * one * size, (i + 1) * one * size);
    return { [input!.name]: { type: "float32", dims: [data.length / one, 3, look.side, look.side], data } };
  });
}

const cosines = (exact: readonly Float32Array[], others: readonly Float32Array[]): readonly number[] =>
  exact.map((signal, i) => similarity(signal, others[i]!).cosine);

/** What Python has quantized, by the name that it had. */
type Theirs = Readonly<
  Record<string, { readonly scales: readonly number[]; readonly zeroPoint: number; readonly measured: string | null }>
>;

interface Task {
  readonly subject: Subject;
  readonly target: Target;
  readonly method: Method["kind"];
  readonly file: string;
  readonly count: number;
}

async function quantizeInPython(
  { python, scratch }: Context,
  { subject, target, method, file, count }: Task,
): Promise<{ readonly path: string; readonly quantized: Theirs }> {
  const { side } = subject.look;
  const path = join(scratch, "theirs.onnx");
  const answer = await python(join(import.meta.dirname, "quantize_static.py"), {
    ...{ model: subject.path, output: path, pictures: file, dims: [count, 3, side, side] },
    ...{ batch: together, target, method, input: "image" },
  });
  return { path, quantized: (answer as { quantized: Theirs }).quantized };
}

/** Values to which Python gives a range of its own, 0 to 1, whatever was measured; ours is narrower. */
const fixedBy = ({ graph }: Model): ReadonlySet<string | undefined> =>
  new Set(applicationsOf(graph).flatMap(({ opType, names }) => (opType === "Softmax" ? names : [])));

/** Operators that keep all elements, and so the range. */
const keeping: ReadonlySet<string> = new Set(["Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"]);

/** The value, by its name, that has had all elements of a value before they were only arranged anew. */
function originsIn({ graph }: Model): (name: string | undefined) => string | undefined {
  const before = new Map(
    applicationsOf(graph).flatMap(({ opType, inputs, results }): [string, string][] =>
      keeping.has(opType) ? [[valueName(results[0]!), valueName(inputs[0]!)]] : [],
    ),
  );
  return (name) => {
    let origin = name;
    while (origin !== undefined && before.has(origin)) origin = before.get(origin);
    return origin;
  };
}

/**
 * Of what both have quantized under one name. A scale is the same by the same method only where it follows from the same
 * value: Python gives what is taken from a value (by Gather, Slice, Split, pooling) the range of the whole, where ours
 * has its own if nothing else reads the whole as integers.
 */
function differenceOf(ours: readonly Quantized[], theirs: Theirs, model: Model): ScaleDifference {
  const [fixed, originOf] = [fixedBy(model), originsIn(model)];
  const named = ours.flatMap((mine) => (theirs[mine.name] === undefined ? [] : [{ mine, other: theirs[mine.name]! }]));
  const [alike, different] = partition(
    named.filter(({ mine: { measured } }) => !fixed.has(measured)),
    ({ mine: { measured }, other }) => originOf(measured) === originOf(other.measured ?? undefined),
  );
  return {
    compared: alike.reduce((sum, { mine }) => sum + mine.scales.length, 0),
    apart: different.map(({ mine: { name } }) => name),
    alone: ours.filter(({ name }) => theirs[name] === undefined).map(({ name }) => name),
    largest: alike.map(relativeDifference).reduce((most, each) => Math.max(most, each), 0),
  };
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

interface Pair {
  readonly mine: Quantized;
  readonly other: Theirs[string];
}

/** The largest over all channels; NaN where zero points or shapes differ. */
function relativeDifference({ mine: { scales, zeroPoint }, other }: Pair): number {
  if (other.zeroPoint !== zeroPoint || other.scales.length !== scales.length) return NaN;
  return scales.reduce((most, scale, i) => Math.max(most, Math.abs(scale / other.scales[i]! - 1)), 0);
}
