import type { Application, Value } from "./expression.ts";
import type { Graph, Model, Output } from "./graph.ts";
import { Names } from "./names.ts";
import { applicationsOf } from "./topology.ts";
import { attributeTypes } from "./codec/schema.ts";
import { typeProto } from "./type.ts";
import type { MessageInit } from "./codec/types.ts";

/** A graph that cannot be written down: two inputs of one name, or a value that is no input of it. */
export class GraphBuildError extends Error {
  override name = "GraphBuildError";
}

/** A model as ONNX has it. @throws {GraphBuildError} */
export function writeModel({ graph, opsets, irVersion, rest }: Model): MessageInit<"ModelProto"> {
  const opsetImport = [...opsets].map(([domain, version]) => ({ domain, version }));
  return { ...rest, irVersion, opsetImport, graph: writeGraph(graph) };
}

/**
 * A graph as ONNX has it: its nodes in topological order, in the order in which they are needed. Inputs and outputs
 * keep their names; other values keep theirs unless another has it, and get one from their place where they have none.
 * @throws {GraphBuildError}
 */
export function writeGraph(graph: Graph): WrittenGraph {
  return new GraphWriter(graph, new Names(), undefined).write();
}

/** A graph as ONNX has it, with its nodes. */
export type WrittenGraph = MessageInit<"GraphProto"> & { readonly node: readonly MessageInit<"NodeProto">[] };

/** Writes one scope: the graph itself, or a body within one. */
class GraphWriter {
  readonly #graph: Graph;
  readonly #names: Names;
  readonly #around: GraphWriter | undefined;
  readonly #named = new Map<Value, string>();
  readonly #initializers: MessageInit<"TensorProto">[] = [];
  readonly #nodes: MessageInit<"NodeProto">[] = [];

  constructor(graph: Graph, names: Names, around: GraphWriter | undefined) {
    this.#graph = graph;
    this.#names = names;
    this.#around = around;
  }

  write(): WrittenGraph {
    const { name, inputs, rest } = this.#graph;
    for (const value of inputs) {
      this.#named.set(value, this.#fix(value.name));
      if (value.initial !== undefined) this.#initializers.push({ ...value.initial, name: this.#named.get(value)! });
    }
    const outputs = this.#graph.outputs.map((output) => this.#reserve(output));
    this.#write(outputs);
    return {
      ...rest,
      name,
      node: this.#nodes,
      initializer: this.#initializers,
      input: inputs.map((value) => valueInfo({ ...value, name: this.#named.get(value)! })),
      output: this.#graph.outputs.map((output, index) => valueInfo({ ...output, name: outputs[index]! })),
      valueInfo: this.#declared(),
      quantizationAnnotation: this.#annotations(),
    };
  }

  /** Inputs and outputs of the model are its contract; those of a body go by their place. */
  #fix(name: string): string {
    if (this.#around !== undefined) return this.#names.give(name);
    if (!this.#names.take(name)) throw new GraphBuildError(`two values are named "${name}"`);
    return name;
  }

  /** The name under which an output is given back; its value bears it, if it can. */
  #reserve({ name, value }: Output): string {
    if (value.kind === "Input" && this.#named.get(value) === name) return name;
    const fixed = this.#fix(name);
    if (value.kind === "Result" && !this.#named.has(value)) this.#named.set(value, fixed);
    if (value.kind === "Constant" && !this.#named.has(value)) this.#initialize(value, fixed);
    return fixed;
  }

  /** For each output in turn the nodes that it needs, and then the output itself: in the order in which they are read. */
  #write(outputs: readonly string[]): void {
    const waiting = applicationsOf(this.#graph).values();
    const written = new Set<Application>();
    for (const [index, { value }] of this.#graph.outputs.entries()) {
      while (value.kind === "Result" && !written.has(value.application)) {
        const next = waiting.next().value;
        if (next === undefined) break;
        this.#nodes.push(this.#node(next));
        written.add(next);
      }
      this.#deliver(value, outputs[index]!);
    }
  }

  /** A value that is given back under another name than its own passes through Identity. */
  #deliver(value: Value, name: string): void {
    const own = this.#nameOf(value);
    if (own === name) return;
    // With all that a node has once it was read: to write again what was written changes nothing.
    const node = { name: this.#names.giveNode(undefined, "Identity"), opType: "Identity", domain: "" };
    this.#nodes.push({ ...node, input: [own], output: [name], attribute: [] });
  }

  #node(made: Application): MessageInit<"NodeProto"> {
    const { opType, domain, rest } = made;
    const input = made.inputs.map((value) => (value === undefined ? "" : this.#nameOf(value)));
    const name = this.#names.giveNode(made.name, opType);
    const output = made.results.map((result, index) => {
      if (result === undefined) return "";
      const known = this.#named.get(result);
      if (known !== undefined) return known;
      const given = this.#names.give(made.names[index] ?? (index === 0 ? name : `${name}:${index}`));
      this.#named.set(result, given);
      return given;
    });
    const bodies = made.bodies.map(({ attribute, graph }) => ({
      name: attribute,
      type: attributeTypes.g,
      g: new GraphWriter(graph, this.#names, this).write(),
    }));
    return { ...rest, name, opType, domain, input, output, attribute: [...made.attributes, ...bodies] };
  }

  #nameOf(value: Value): string {
    if (value.kind === "Outer") return this.#nameOfOuter(value.value);
    const known = this.#named.get(value);
    if (known !== undefined) return known;
    switch (value.kind) {
      case "Constant":
        return this.#initialize(value, this.#names.give(value.tensor.name ?? "constant"));
      case "Input":
        throw new GraphBuildError(`graph ${this.#graph.name} reads "${value.name}", which is not one of its inputs`);
      case "Result":
        throw new GraphBuildError(
          `a body in ${this.#graph.name} reads a value of ${value.application.opType} that is not in its scope`,
        );
    }
  }

  #nameOfOuter(value: Value): string {
    if (this.#around === undefined)
      throw new GraphBuildError(`graph ${this.#graph.name} reads a value around it, and there is nothing around it`);
    return this.#around.#nameOf(value);
  }

  #initialize(value: Extract<Value, { kind: "Constant" }>, name: string): string {
    this.#initializers.push({ ...value.tensor, name });
    this.#named.set(value, name);
    return name;
  }

  /** Those of values that are written, with the constants that they name. */
  #annotations(): MessageInit<"TensorAnnotation">[] {
    return (this.#graph.annotations ?? []).flatMap(({ value, parameters, rest }) => {
      const tensorName = this.#named.get(value);
      const isThere = parameters.every(({ value }) => value.kind === "Constant" || this.#named.has(value));
      if (tensorName === undefined || !isThere) return [];
      const named = parameters.map(({ key, value }) => ({ key, value: this.#nameOf(value) }));
      return [{ ...rest, tensorName, quantParameterTensorNames: named }];
    });
  }

  #declared(): MessageInit<"ValueInfoProto">[] {
    const delivered = new Set(this.#graph.outputs.map(({ value }) => value));
    return [...(this.#graph.declared ?? [])].flatMap(([value, declaration]) => {
      const name = this.#named.get(value);
      return name === undefined || delivered.has(value) ? [] : [valueInfo({ name, ...declaration })];
    });
  }
}

/** A value's name and what is known of its type. */
function valueInfo(value: Omit<Output, "value">): MessageInit<"ValueInfoProto"> {
  const { name, type, dims, info } = value;
  return { ...info, name, ...(type === undefined ? {} : { type: typeProto({ type, dims }, info?.type) }) };
}
