import { gradients } from "../autodiff/gradients.ts";
import type { Input, Value } from "../graph/expression.ts";
import { input } from "../graph/expression.ts";
import type { Graph, Model, Output } from "../graph/graph.ts";
import { Names } from "../graph/names.ts";
import { multiply, reduce } from "../graph/operators.ts";
import { rewriteGraph } from "../graph/rewrite.ts";
import { inferTypes } from "../graph/shapes/infer.ts";
import { usesOf } from "../graph/topology.ts";
import { AdaptError } from "./adapt-error.ts";
import type { Parameter } from "./parameters.ts";

/** What a step descends. */
export interface Objective {
  /** Losses, one for each sample: [N]. */
  readonly losses: Value;
  /**
   * What each loss is multiplied by before they are summed: [N]. Constant to the gradients, even where it is computed
   * from the predictions.
   */
  readonly weights: Value;
  /** What the losses read beside the model: labels, for example. */
  readonly inputs?: readonly Input[];
  /** What else the step gives back. */
  readonly outputs?: readonly Output[];
}

/** How a step is built. */
export interface StepOptions {
  /** The objective, from the model's outputs by name. */
  readonly objective: (outputs: ReadonlyMap<string, Value>, opset: number) => Objective;
  /** What it learns: some of the model's parameters. */
  readonly parameters: readonly Parameter[];
  /**
   * Sizes by the name that the model has for them, {N: 64}: gradients need not compute then what is known, and the step
   * takes no other size.
   */
  readonly sizes?: Readonly<Record<string, number>>;
}

/**
 * Forward and backward pass as one model. Its inputs are those of the model it was made of, the objective's and the
 * parameters by name; its outputs those of the model, the objective's, the loss and a gradient for each parameter.
 */
export interface Step {
  readonly model: Model;
  readonly parameters: readonly Parameter[];
  /** The output that is the weighted sum of the losses, a scalar. */
  readonly loss: string;
  /** Outputs that are gradients, by parameter; one that the objective does not depend on has none. */
  readonly gradients: ReadonlyMap<string, string>;
}

/**
 * Builds the step of a model.
 * @throws {GradientError} at an operator on the way that has no gradient.
 * @throws {AdaptError} if there are no parameters, two have one name, or one is not of this model.
 */
export function buildStep(model: Model, { objective, parameters, sizes = {} }: StepOptions): Step {
  const opset = model.opsets.get("") ?? 1;
  const given = inputsFor(parameters, model.graph);
  const names = namesOf(model.graph);
  const { graph, valueOf } = rewriteGraph(model.graph, {
    given: (value) => (value.kind === "Constant" ? given.get(value) : sized(value, sizes)),
  });
  const outputs = new Map(graph.outputs.map(({ name, value }) => [name, value]));
  const { losses, weights, inputs = [], outputs: more = [] } = objective(outputs, opset);
  const loss: Output = {
    ...{ name: names.give("loss"), type: "float32", dims: [] },
    value: reduce("Sum", multiply(losses, weights), { opset }),
  };
  const forward = {
    ...graph,
    inputs: [...(graph.inputs.map(valueOf) as Input[]), ...inputs, ...given.values()],
    outputs: [...graph.outputs, ...more, loss],
  };
  const slopes = gradients({
    of: losses,
    seed: weights,
    wrt: [...given.values()],
    types: inferTypes({ ...model, graph: forward }, { keepInitial: false }),
    opset,
  });
  const named = parameters.flatMap(({ name, constant, dims }) => {
    const value = slopes.get(given.get(constant)!);
    return value === undefined ? [] : [{ parameter: name, name: names.give(`gradient.${name}`), value, dims }];
  });
  const back = named.map(({ name, value, dims }): Output => ({ name, value, dims, type: "float32" }));
  return {
    model: { ...model, graph: { ...forward, outputs: [...forward.outputs, ...back] } },
    parameters,
    loss: loss.name,
    gradients: new Map(named.map(({ parameter, name }) => [parameter, name])),
  };
}

/** An input for each parameter, by the constant that it stands for. */
function inputsFor(parameters: readonly Parameter[], graph: Graph): ReadonlyMap<Value, Input> {
  if (parameters.length === 0) throw new AdaptError("step", "the model has no parameters to learn: choose others");
  const names = new Set(graph.inputs.map(({ name }) => name));
  const constants = usesOf(graph);
  for (const { name, constant } of parameters) {
    if (names.has(name))
      throw new AdaptError(`parameter ${name}`, "another one, or an input of the model, has this name");
    if (!constants.has(constant))
      throw new AdaptError(`parameter ${name}`, "it is not of this model: take the parameters of the very graph given");
    names.add(name);
  }
  return new Map(parameters.map(({ constant, name, dims }) => [constant, input(name, "float32", dims)]));
}

/** Names that a graph has given to its inputs and outputs. */
function namesOf({ inputs, outputs }: Graph): Names {
  const names = new Names();
  for (const { name } of [...inputs, ...outputs]) names.take(name);
  return names;
}

/** The input with the sizes that are known; itself where it has none of them. */
function sized(value: Input, sizes: Readonly<Record<string, number>>): Input {
  const { info: _, ...rest } = value;
  const dims = value.dims?.map((dim) => (typeof dim === "string" ? (sizes[dim] ?? dim) : dim));
  return dims === undefined || dims.every((dim, axis) => dim === value.dims![axis]) ? value : { ...rest, dims };
}
