/** Does what the task on the first line of standard input says, once for every further line; tells of each turn. */
import { createInterface } from "node:readline";
import { readFile } from "node:fs/promises";
import { makeAdaptable, withoutMoments } from "../../../runtime/adapt/adaptable.ts";
import { affineInputs, momentOutputs } from "../../../runtime/adapt/anchor-statistics.ts";
import { normalizeByBatch } from "../../../runtime/adapt/batch-statistics.ts";
import { openEvaluator, type Data, type DataOf } from "../../../runtime/adapt/evaluator.ts";
import { Learner } from "../../../runtime/adapt/learner.ts";
import { parametersOf } from "../../../runtime/adapt/parameters.ts";
import { buildStep, type Step } from "../../../runtime/adapt/step.ts";
import { Tent, buildTentStep, evenWeights } from "../../../runtime/adapt/tent.ts";
import { crossEntropy } from "../../../runtime/autodiff/losses/cross-entropy.ts";
import { Adam } from "../../../runtime/autodiff/optimizers/adam.ts";
import { Sgd } from "../../../runtime/autodiff/optimizers/sgd.ts";
import { decodeModel } from "../../../runtime/graph/codec/decode.ts";
import { input } from "../../../runtime/graph/expression.ts";
import type { Model } from "../../../runtime/graph/graph.ts";
import { readModel } from "../../../runtime/graph/read.ts";
import { peakMemory } from "../report/peak.ts";
import type { Task, Turn, Work } from "./task.ts";

type Act = () => Promise<unknown>;

const read = async (path: string): Promise<Model> => readModel(decodeModel(await readFile(path)));

function pictures({ batch, side }: Task): Data {
  const values = new Float32Array(batch * 3 * side * side).map(
    (_, index) => Math.sin(index * 0.37) + Math.sin(index * 0.011),
  );
  return { dims: [batch, 3, side, side], values };
}

const makers: Readonly<Record<Work, (task: Task) => Promise<Act>>> = {
  async forward(task) {
    const evaluator = await openEvaluator(await read(task.folded), task);
    const image = pictures(task);
    return () => evaluator.run({ image }, ["output"]);
  },
  async rewritten(task) {
    const adaptable = makeAdaptable(await read(task.folded));
    const evaluator = await openEvaluator(withoutMoments(adaptable), task);
    const feeds = { image: pictures(task), ...affineInputs(adaptable.points) };
    return () => evaluator.run(feeds, ["output"]);
  },
  async moments(task) {
    const { model, points } = makeAdaptable(await read(task.folded));
    const evaluator = await openEvaluator(model, task);
    const feeds = { image: pictures(task), ...affineInputs(points) };
    return () => evaluator.run(feeds, ["output", ...momentOutputs(points)]);
  },
  async adapt(task) {
    const step = buildTentStep(await read(task.normalized), { logits: "output", sizes: { N: task.batch } });
    const tent = new Tent(await learnerOf(step, task), { logits: "output", optimizer: new Adam(), rate: 1e-3 });
    const image = pictures(task);
    return () => tent.adapt({ image });
  },
  async train(task) {
    const learner = await learnerOf(trainingStep(await read(task.normalized), task), task);
    const optimizer = new Sgd({ momentum: 0.9, weightDecay: 2e-4 });
    const labels = { dims: [task.batch], values: BigInt64Array.from({ length: task.batch }, (_, row) => BigInt(row)) };
    const feeds: DataOf = { image: pictures(task), labels };
    return async () => {
      const { gradients } = await learner.pass(feeds);
      learner.move(optimizer, gradients, 1e-3);
    };
  },
};

function trainingStep(original: Model, { batch, classes }: Task): Step {
  const { model } = normalizeByBatch(original);
  const labels = input("labels", "int64", [batch]);
  return buildStep(model, {
    parameters: parametersOf(model.graph),
    sizes: { N: batch },
    objective: (outputs, opset) => {
      const losses = crossEntropy(outputs.get("output")!, labels, { opset, classes });
      return { losses, weights: evenWeights(losses), inputs: [labels] };
    },
  });
}

const learnerOf = async (step: Step, task: Task): Promise<Learner> =>
  new Learner(step, await openEvaluator(step.model, task));

async function turn(act: Act): Promise<Turn> {
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  return { milliseconds: (user + system) / 1000, peak: peakMemory() };
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const task = JSON.parse((await lines.next()).value!) as Task;
const act = await makers[task.work](task);
while (!(await lines.next()).done) console.log(JSON.stringify(await turn(act)));
