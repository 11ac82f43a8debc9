import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { makeAdaptable } from "../../../runtime/adapt/adaptable.ts";
import { measureStatistics } from "../../../runtime/adapt/anchor-statistics.ts";
import { Eata, buildEataStep, buildFisherStep, measureFisher } from "../../../runtime/adapt/eata.ts";
import { openEvaluator, type Data } from "../../../runtime/adapt/evaluator.ts";
import { Learner } from "../../../runtime/adapt/learner.ts";
import { restoreNormalizations } from "../../../runtime/adapt/restored.ts";
import type { Step } from "../../../runtime/adapt/step.ts";
import { Tent, buildTentStep, type Adapted } from "../../../runtime/adapt/tent.ts";
import { Adam } from "../../../runtime/autodiff/optimizers/adam.ts";
import { Sgd } from "../../../runtime/autodiff/optimizers/sgd.ts";
import { decodeModel } from "../../../runtime/graph/codec/decode.ts";
import type { Model } from "../../../runtime/graph/graph.ts";
import { readModel } from "../../../runtime/graph/read.ts";
import type { Context, ExportedModel } from "../context.ts";
import type { Row } from "../row.ts";
import { readSafetensors } from "../safetensors.ts";

const topic = "trajectory";
const script = join(import.meta.dirname, "trajectory", "trajectory.py");
const [batch, steps] = [16, 50];
const [lossBound, errorBound] = [1e-3, 0.3];

const Trajectory = z.object({
  losses: z.array(z.number()).length(steps),
  errors: z.int(),
  kept: z.array(z.int()).optional(),
});
type Trajectory = z.infer<typeof Trajectory>;

const Trajectories = z.object({
  margins: z.object({ entropy: z.number(), similarity: z.number() }),
  tent: Trajectory,
  eata: Trajectory,
  withoutAnchor: z.number(),
});
type Trajectories = z.infer<typeof Trajectories>;

const Oracle = z.object({
  classes: z.int(),
  labels: z.array(z.array(z.int())),
  fisherWeight: z.number(),
  rate: z.number(),
  normalized: Trajectories,
  folded: Trajectories,
});
type Oracle = z.infer<typeof Oracle>;

/** The stream that is adapted to, and what else the methods are given. */
interface Given {
  readonly model: Model;
  readonly oracle: Oracle;
  readonly margins: Trajectories["margins"];
  readonly stream: readonly Data[];
  readonly source: Data;
}

/**
 * Fifty steps of TENT and of EATA on ResNet-18, from the weights and the batches of PyTorch: as it is, and with its
 * normalizations folded into the convolutions and put back.
 */
export async function* rows(context: Context): AsyncGenerator<Row> {
  const file = join(context.scratch, "stream.safetensors");
  const oracle = Oracle.parse(await context.python(script, { stream: file, batch, steps }));
  const tensors = await readSafetensors(file);
  const data = (name: string): Data => ({ dims: tensors.get(name)!.dims, values: tensors.get(name)!.data });
  const [source, stream] = [data("source"), Array.from({ length: steps }, (_, step) => data(`batch.${step}`))];
  for (const form of ["normalized", "folded"] as const) {
    const theirs = oracle[form];
    const exported = await exportedModel(context, form);
    const model = form === "folded" ? await restored(exported, source) : exported;
    const given: Given = { model, oracle, margins: theirs.margins, stream, source };
    yield* compare(`${form}, ${steps} steps of TENT`, await tent(given, context), theirs.tent);
    yield* compare(`${form}, ${steps} steps of EATA`, await eata(given, context), theirs.eata);
    yield judge(form, theirs);
  }
}

/** Whether the curve of EATA can tell right from wrong: what holds parameters where they were must matter. */
function judge(form: string, { withoutAnchor }: Trajectories): Row {
  const least = 3 * lossBound;
  return {
    ...{ topic, name: `ResNet-18, ${form}, losses of EATA without its anchor, relative`, ours: "-" },
    ...{ theirs: withoutAnchor, bound: `>= ${least}, or the curve shows nothing`, ok: withoutAnchor >= least },
  };
}

async function exportedModel({ models }: Context, wanted: "normalized" | "folded"): Promise<Model> {
  const isWanted = ({ backbone, form, opset }: ExportedModel): boolean =>
    backbone === "resnet18" && form === wanted && opset === 17;
  return readModel(decodeModel(await readFile(models.find(isWanted)!.path)));
}

async function restored(folded: Model, source: Data): Promise<Model> {
  const adaptable = makeAdaptable(folded);
  await using evaluator = await openEvaluator(adaptable.model, { threads: 2 });
  const anchors = { input: "image", batches: [source] };
  return restoreNormalizations(folded, await measureStatistics(adaptable, evaluator, anchors));
}

function* compare(what: string, ours: Trajectory, theirs: Trajectory): Generator<Row> {
  const name = `ResNet-18, ${what} at batch ${batch}`;
  const distances = theirs.losses.map((loss, step) => Math.abs(ours.losses[step]! - loss) / Math.max(loss, 1e-6));
  const loss = Math.max(...distances);
  yield {
    ...{ topic, name: `${name}, loss curve, relative`, ours: loss, theirs: 0 },
    ...{ bound: `<= ${lossBound}`, ok: loss <= lossBound },
  };
  const percent = ({ errors }: Trajectory): number => (100 * errors) / (steps * batch);
  yield {
    ...{ topic, name: `${name}, error in %`, ours: percent(ours), theirs: percent(theirs) },
    ...{ bound: `within ${errorBound}`, ok: Math.abs(percent(ours) - percent(theirs)) <= errorBound },
  };
  if (theirs.kept === undefined) return;
  const kept = (of: Trajectory): number => of.kept!.reduce((sum, count) => sum + count, 0);
  yield {
    ...{ topic, name: `${name}, samples kept of ${steps * batch}`, ours: kept(ours), theirs: kept(theirs) },
    ...{ bound: "equal", ok: kept(ours) === kept(theirs) },
  };
}

async function tent({ model, oracle, stream }: Given, context: Context): Promise<Trajectory> {
  const step = buildTentStep(model, { logits: "output", sizes: { N: batch } });
  return withLearner(step, (learner) => {
    const method = new Tent(learner, { logits: "output", optimizer: new Adam(), rate: 1e-3 });
    return follow("TENT", (image) => method.adapt({ image }), { oracle, stream }, context);
  });
}

async function eata({ model, oracle, margins, stream, source }: Given, context: Context): Promise<Trajectory> {
  const { classes, fisherWeight, rate } = oracle;
  const options = { logits: "output", classes, sizes: { N: batch } };
  const fisher = await withLearner(buildFisherStep(model, options), (learner) =>
    measureFisher(learner, [{ image: source }]),
  );
  const filter = { entropyMargin: margins.entropy, similarityMargin: margins.similarity };
  return withLearner(buildEataStep(model, { ...options, ...filter }), async (learner) => {
    const optimizer = new Sgd({ momentum: 0.9 });
    const anchor = { fisher, weight: fisherWeight };
    const method = new Eata(learner, { logits: "output", classes, optimizer, rate, anchor });
    const kept: number[] = [];
    const adapt = async (image: Data): Promise<Adapted> => {
      const adapted = await method.adapt({ image });
      kept.push(adapted.kept);
      return adapted;
    };
    return { ...(await follow("EATA", adapt, { oracle, stream }, context)), kept };
  });
}

async function withLearner<T>(step: Step, use: (learner: Learner) => Promise<T>): Promise<T> {
  await using evaluator = await openEvaluator(step.model, { threads: 2 });
  return await use(new Learner(step, evaluator));
}

async function follow(
  method: string,
  adapt: (image: Data) => Promise<Adapted>,
  { oracle: { classes, labels }, stream }: Pick<Given, "oracle" | "stream">,
  { progress, signal }: Context,
): Promise<Trajectory> {
  const losses: number[] = [];
  let errors = 0;
  for (const [step, image] of stream.entries()) {
    signal.throwIfAborted();
    progress(`${method}, step ${step + 1}`);
    const { loss, logits } = await adapt(image);
    losses.push(loss);
    errors += labels[step]!.filter(
      (label, row) => largest(logits.subarray(row * classes, (row + 1) * classes)) !== label,
    ).length;
  }
  return { losses, errors };
}

function largest(values: Float32Array): number {
  let place = 0;
  for (const [index, value] of values.entries()) if (value > values[place]!) place = index;
  return place;
}
