import { input, type Application, type Input, type Result, type Value } from "../graph/expression.ts";
import type { Graph, Model, Output } from "../graph/graph.ts";
import { rewriteGraph } from "../graph/rewrite.ts";
import type { Types } from "../graph/shapes/infer.ts";
import { applicationsOf, operandsOf } from "../graph/topology.ts";

/** A model, and values derived from it: gradients, under the names that they are given back by. */
export interface Derived {
  readonly model: Model;
  readonly derived: readonly Output[];
}

/** A forward and a backward pass as two models. */
export interface TwoPasses {
  /** Gives what the model gives, and the activations. */
  readonly forward: Model;
  /** Takes the activations and those of the model's inputs that it reads, and what only it reads; gives the gradients. */
  readonly backward: Model;
  /** What the forward pass hands over: names of its outputs and of the backward pass's inputs. */
  readonly activations: readonly string[];
}

/** Forward and backward in one graph: the model's outputs, then what is derived. New inputs are added. */
export function onePass({ model, derived }: Derived): Model {
  const { graph } = model;
  const outputs = [...graph.outputs, ...derived];
  const added = inputsOf(outputs).filter((value) => !graph.inputs.includes(value));
  return { ...model, graph: { ...graph, inputs: [...graph.inputs, ...added], outputs } };
}

/**
 * Forward and backward as two models: two sessions that run one after the other, the second only when it is wanted.
 * What the backward pass reads of the forward pass is handed over; of a value of which it reads the shape alone, only
 * the shape is.
 * @param types of the model: activations are declared with them
 */
export function twoPasses({ model, derived, types }: Derived & { readonly types: Types }): TwoPasses {
  const { graph } = model;
  const handing = new Handing(graph, types);
  const whole: Graph = { name: `${graph.name} backward`, inputs: [], outputs: derived };
  const { graph: rewritten } = rewriteGraph(whole, {
    application: (_, was) =>
      handing.isForward(was) ? was.results.map((result) => result && handing.over(result)) : undefined,
  });
  const inputs = inputsOf(rewritten.outputs);
  const activations = handing.outputsFor(inputs);
  const known = new Set(graph.outputs.map(({ name }) => name));
  const added = activations.filter(({ name }) => !known.has(name));
  return {
    forward: { ...model, graph: { ...graph, outputs: [...graph.outputs, ...added] } },
    backward: { ...model, graph: { ...rewritten, inputs } },
    activations: activations.map(({ name }) => name),
  };
}

/** The inputs that outputs are computed from. */
function inputsOf(outputs: readonly Output[]): readonly Input[] {
  const read = [...applicationsOf({ outputs }).flatMap(operandsOf), ...outputs.map(({ value }) => value)];
  return [...new Set(read.filter((value) => value.kind === "Input"))];
}

/** Values of the forward pass as inputs of the backward pass. */
class Handing {
  readonly #types: Types;
  readonly #forward: ReadonlySet<Application>;
  readonly #names: ReadonlyMap<Value, string>;
  readonly #inputs = new Map<Result, Input>();

  constructor(graph: Graph, types: Types) {
    this.#types = types;
    this.#forward = new Set(applicationsOf(graph));
    this.#names = new Map(graph.outputs.map(({ name, value }) => [value, name]));
  }

  isForward(application: Application): boolean {
    if (this.#forward.has(application)) return true;
    const [of] = application.inputs;
    return application.opType === "Shape" && of?.kind === "Result" && this.#forward.has(of.application);
  }

  over(result: Result): Input {
    const known = this.#inputs.get(result);
    if (known !== undefined) return known;
    const type = this.#types.of(result) ?? { type: "int64", dims: undefined };
    const name = this.#names.get(result) ?? `activation.${this.#inputs.size}`;
    const made: Input = { ...input(name, type.type, []), dims: type.dims };
    this.#inputs.set(result, made);
    return made;
  }

  /** What the forward pass gives for those of its values that are among the inputs. */
  outputsFor(inputs: readonly Input[]): readonly Output[] {
    return [...this.#inputs].flatMap(([value, { name, type, dims }]) =>
      inputs.some((given) => given.name === name) ? [{ name, value, type, dims }] : [],
    );
  }
}
