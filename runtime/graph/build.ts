import { elements, type ElementType } from "./elements.ts";
import type { Application, Dim, Input, Result, Value } from "./expression.ts";
import type { MessageInit, TensorProto } from "./types.ts";

/** A value that the graph gives back, by name, with its type and, where it is known, its shape. */
export interface Output {
  readonly name: string;
  readonly value: Result;
  readonly type: ElementType;
  readonly dims?: readonly Dim[] | undefined;
}

/** A graph that cannot be written down: two values of one name, or a value that is no input of it. */
export class GraphBuildError extends Error {
  override name = "GraphBuildError";
}

/**
 * The graph that computes `outputs` from `inputs`: its nodes in topological order, in the order in which they are
 * needed, with names that depend on the expressions alone.
 * @throws {GraphBuildError}
 */
export function graphOf(
  name: string,
  inputs: readonly Input[],
  outputs: readonly Output[],
): MessageInit<"GraphProto"> & { readonly node: readonly MessageInit<"NodeProto">[] } {
  const names = new Names(outputs);
  for (const { name } of inputs) names.take(name);
  const initializer = new Set<TensorProto>();
  const node: MessageInit<"NodeProto">[] = [];
  for (const application of applicationsOf(outputs)) {
    for (const value of application.inputs) {
      if (value?.kind === "Input" && !inputs.includes(value))
        throw new GraphBuildError(`graph ${name} reads "${value.name}", which is not one of its inputs`);
      if (value?.kind === "Constant") initializer.add(value.tensor);
    }
    node.push(nodeOf(application, names));
  }
  return {
    name,
    node,
    initializer: [...initializer].map((tensor) => ({ ...tensor, name: names.ofConstant(tensor) })),
    input: inputs.map(({ name, type, dims }) => valueInfo(name, type, dims)),
    output: outputs.map(({ name, type, dims }) => valueInfo(name, type, dims)),
  };
}

/** A model of one graph against one version of the default operator set. */
export function modelOf(
  graph: MessageInit<"GraphProto">,
  options: {
    readonly opset: number;
    readonly irVersion: number;
    readonly producer: string;
    readonly metadata?: Readonly<Record<string, string>>;
  },
): MessageInit<"ModelProto"> {
  return {
    irVersion: options.irVersion,
    producerName: options.producer,
    opsetImport: [{ domain: "", version: options.opset }],
    graph,
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
  };
}

/** The name and type of a tensor value; without `dims` of any shape. */
export function valueInfo(name: string, type: ElementType, dims?: readonly Dim[]): MessageInit<"ValueInfoProto"> {
  const dim = dims?.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: elements[type].code, ...(dim && { shape: { dim } }) } } };
}

/** Every application that the outputs need, each after what it reads. Without recursion: graphs are deep. */
function applicationsOf(outputs: readonly Output[]): Set<Application> {
  const done = new Set<Application>();
  const stack = outputs.map(({ value }) => value.application).reverse();
  while (stack.length > 0) {
    const application = stack.at(-1)!;
    const waiting = application.inputs.flatMap((value) =>
      value?.kind === "Result" && !done.has(value.application) ? [value.application] : [],
    );
    if (waiting.length > 0) stack.push(...waiting.reverse());
    else {
      done.add(application);
      stack.pop();
    }
  }
  return done;
}

function nodeOf(application: Application, names: Names): MessageInit<"NodeProto"> {
  const { opType, domain, attributes } = application;
  return {
    name: names.ofApplication(application),
    opType,
    ...(domain === "" ? {} : { domain }),
    input: application.inputs.map((value) => (value === undefined ? "" : names.ofValue(value))),
    output: Array.from({ length: application.outputs }, (_, index) => names.ofOutput(application, index)),
    attribute: attributes,
  };
}

/** Names of nodes and values; each is given once. */
class Names {
  readonly #taken = new Set<string>();
  readonly #outputs = new Map<Application, Map<number, string>>();
  readonly #constants = new Map<TensorProto, string>();
  readonly #applications = new Map<Application, string>();

  constructor(outputs: readonly Output[]) {
    for (const { name, value } of outputs) {
      this.take(name);
      const byIndex = this.#outputs.get(value.application) ?? new Map<number, string>();
      if (byIndex.has(value.index))
        throw new GraphBuildError(`output "${name}" is another output's value: pass it through Identity`);
      this.#outputs.set(value.application, byIndex.set(value.index, name));
    }
  }

  take(name: string): void {
    if (this.#taken.has(name)) throw new GraphBuildError(`two values are named "${name}"`);
    this.#taken.add(name);
  }

  ofConstant(tensor: TensorProto): string {
    const known = this.#constants.get(tensor);
    if (known !== undefined) return known;
    const name = tensor.name ?? `constant_${this.#constants.size}`;
    this.take(name);
    this.#constants.set(tensor, name);
    return name;
  }

  ofApplication(application: Application): string {
    const known = this.#applications.get(application);
    if (known !== undefined) return known;
    const name = application.name ?? `${application.opType}_${this.#applications.size}`;
    this.#applications.set(application, name);
    for (let index = 0; index < application.outputs; index++)
      if (this.#outputs.get(application)?.get(index) === undefined) this.take(this.ofOutput(application, index));
    return name;
  }

  ofOutput(application: Application, index: number): string {
    const given = this.#outputs.get(application)?.get(index);
    if (given !== undefined) return given;
    const name = this.ofApplication(application);
    return index === 0 ? name : `${name}:${index}`;
  }

  ofValue(value: Value): string {
    switch (value.kind) {
      case "Input":
        return value.name;
      case "Constant":
        return this.ofConstant(value.tensor);
      case "Result":
        return this.ofOutput(value.application, value.index);
    }
  }
}
