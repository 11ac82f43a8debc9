import { intOf } from "../graph/attributes.ts";
import { application, attribute, constant, float, type Application, type Value } from "../graph/expression.ts";
import type { Model, Output } from "../graph/graph.ts";
import { rewriteGraph } from "../graph/rewrite.ts";
import { applicationsOf } from "../graph/topology.ts";
import { AdaptError } from "./adapt-error.ts";

/** What a BatchNormalization that normalizes by the batch tells of it: names of outputs, each [channels]. */
export interface BatchMoments {
  /** The BatchNormalization: what its output is called. */
  readonly name: string;
  readonly mean: string;
  /** Of the population: divided by the count. */
  readonly variance: string;
  /** The constants that are the statistics that it remembers. */
  readonly remembered: { readonly mean: Value; readonly variance: Value };
}

/** A model that normalizes by the batch. */
export interface BatchNormalized {
  readonly model: Model;
  readonly moments: readonly BatchMoments[];
}

/** The opset from which BatchNormalization has a training mode as an attribute. */
const trainingModeSince = 14;

/**
 * The model with every BatchNormalization of its graph (not of bodies) normalizing by the mean and variance of the batch, as networks do while they
 * are trained; these are outputs as well. The statistics that it remembers are no longer read.
 * @throws {AdaptError} if the model's opset has no training mode, or it has no BatchNormalization.
 */
export function normalizeByBatch(model: Model): BatchNormalized {
  const opset = model.opsets.get("") ?? 1;
  if (opset < trainingModeSince)
    throw new AdaptError(
      `model ${model.graph.name}`,
      `its opset is ${opset}, and BatchNormalization by the batch needs ${trainingModeSince}: convert the model`,
    );
  const moments: BatchMoments[] = [];
  const outputs: Output[] = [];
  const outermost = new Set(applicationsOf(model.graph));
  const seen = new Set<Value>();
  const { graph } = rewriteGraph(model.graph, {
    application: (made, was) => {
      if (!outermost.has(was) || made.opType !== "BatchNormalization") return undefined;
      if (intOf(made, "training_mode", 0) === 1) return undefined;
      const training = inTrainingMode(made, seen);
      const [y, mean, variance] = training.results as [Value, Value, Value];
      const name = made.names[0] ?? `BatchNormalization.${moments.length}`;
      const told = { name, mean: `${name}.mean`, variance: `${name}.variance` };
      moments.push({ ...told, remembered: { mean: made.inputs[3]!, variance: made.inputs[4]! } });
      outputs.push(
        { name: told.mean, value: mean, type: "float32" },
        { name: told.variance, value: variance, type: "float32" },
      );
      return [y];
    },
  });
  if (moments.length === 0) throw new AdaptError(`model ${model.graph.name}`, "it has no BatchNormalization");
  return { model: { ...model, graph: { ...graph, outputs: [...graph.outputs, ...outputs] } }, moments };
}

/**
 * With none of the remembered statistics left, what it gives as the new ones is the batch's own. A scale or a shift that
 * another one has, because an exporter found them equal, becomes its own: they are learned apart.
 */
function inTrainingMode(made: Application, seen: Set<Value>): Application {
  const kept = made.attributes.filter(({ name }) => name !== "momentum" && name !== "training_mode");
  return application({
    ...made,
    inputs: made.inputs.map((value) => {
      const own = value?.kind === "Constant" && seen.has(value) ? constant({ ...value.tensor }) : value;
      if (own !== undefined) seen.add(own);
      return own;
    }),
    attributes: [...kept, attribute("momentum", float(0)), attribute("training_mode", 1)],
    outputs: 3,
    names: [made.names[0], undefined, undefined],
  });
}
