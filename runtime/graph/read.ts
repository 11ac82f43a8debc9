import { application, type Application, type Body, type Input, type Value } from "./expression.ts";
import type { Graph, Model, Output } from "./graph.ts";
import { GraphError } from "./graph-error.ts";
import { dimNames, tensorTypeOf, type TensorType } from "./type.ts";
import { mainGraph } from "./main-graph.ts";
import type { GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto } from "./codec/types.ts";

/**
 * A model as values made of values. What its outputs do not need is left behind.
 * @throws {GraphError} naming the node and the value: a value that nothing defines before it is read, or that is
 * defined twice; sparse initializers.
 */
export function readModel(proto: ModelProto): Model {
  const { graph: _, opsetImport, irVersion = 0, ...rest } = proto;
  const opsets = new Map(opsetImport.map(({ domain = "", version = 0 }) => [domain, version]));
  return { graph: readGraph(mainGraph(proto)), opsets, irVersion, rest };
}

/** A graph as values made of values. @throws {GraphError} */
export function readGraph(proto: GraphProto): Graph {
  return new GraphReader(proto, undefined, dimNames()).read();
}

/** Reads one scope: the graph itself, or a body within one. */
class GraphReader {
  readonly #proto: GraphProto;
  readonly #around: GraphReader | undefined;
  readonly #fresh: () => string;
  readonly #values = new Map<string, Value>();

  constructor(proto: GraphProto, around: GraphReader | undefined, fresh: () => string) {
    this.#proto = proto;
    this.#around = around;
    this.#fresh = fresh;
  }

  read(): Graph {
    const { name = "", node, initializer, sparseInitializer, input, output, valueInfo, ...rest } = this.#proto;
    if (sparseInitializer.length > 0)
      throw new GraphError("sparse initializers are not read: make them dense first", { graph: name });
    const initial = new Map(initializer.map((tensor) => [tensor.name ?? "", tensor]));
    const inputs = input.map((info) => this.#input(info, initial.get(info.name ?? "")));
    for (const tensor of initializer)
      if (!input.some(({ name: given }) => given === tensor.name))
        this.#define(tensor.name, { kind: "Constant", tensor });
    for (const [place, proto] of node.entries()) this.#node(proto, place);
    const outputs = output.map((info) => this.#output(info));
    const declared = this.#declared(valueInfo);
    return { name, inputs, outputs, rest, ...(declared.size > 0 && { declared }) };
  }

  #input(info: ValueInfoProto, initial: TensorProto | undefined): Input {
    const type = tensorTypeOf(info.type, this.#fresh);
    const { name = "", ...rest } = info;
    const value: Input = {
      kind: "Input",
      name,
      type: type?.type,
      dims: type?.dims,
      info: { ...rest, name },
      ...(initial && { initial }),
    };
    this.#define(name, value);
    return value;
  }

  #output(info: ValueInfoProto): Output {
    const { name = "" } = info;
    const type = tensorTypeOf(info.type, this.#fresh);
    return { name, value: this.#find(name, { graph: this.#proto.name ?? "", output: name }), info, ...type };
  }

  #node(proto: NodeProto, place: number): void {
    const { opType = "", domain = "", input, output, attribute, name, ...rest } = proto;
    const at = {
      graph: this.#proto.name ?? "",
      node: name === undefined || name === "" ? `${opType} at ${place}` : name,
    };
    const made: Application = application({
      opType,
      domain,
      inputs: input.map((value) => (value === "" ? undefined : this.#find(value, at))),
      attributes: attribute.filter(({ g }) => g === undefined),
      bodies: attribute.flatMap(({ name = "", g }) => (g === undefined ? [] : [this.#body(name, g)])),
      outputs: output.map((value) => value !== ""),
      name,
      names: output,
      rest,
    });
    for (const [index, value] of output.entries()) if (value !== "") this.#define(value, made.results[index]!, at);
  }

  #body(attribute: string, graph: GraphProto): Body {
    return { attribute, graph: new GraphReader(graph, this, this.#fresh).read() };
  }

  #define(name: string | undefined, value: Value, at: GraphError["at"] = { graph: this.#proto.name ?? "" }): void {
    if (name === undefined || name === "") throw new GraphError("a value has no name", at);
    if (this.#values.has(name)) throw new GraphError(`the value "${name}" is defined twice`, at);
    this.#values.set(name, value);
  }

  #find(name: string, at: GraphError["at"]): Value {
    const known = this.#lookup(name);
    if (known === undefined)
      throw new GraphError(`the value "${name}" is read before it is defined: nodes come in topological order`, at);
    return known;
  }

  /** A value by name: of this scope, or of one around it. */
  #lookup(name: string): Value | undefined {
    const own = this.#values.get(name);
    if (own !== undefined) return own;
    const outer = this.#around === undefined ? undefined : this.#around.#lookup(name);
    if (outer === undefined) return undefined;
    const seen: Value = { kind: "Outer", value: outer };
    this.#values.set(name, seen);
    return seen;
  }

  #declared(valueInfo: readonly ValueInfoProto[]): Map<Value, TensorType> {
    const declared = new Map<Value, TensorType>();
    for (const { name = "", type } of valueInfo) {
      const value = this.#values.get(name);
      const known = tensorTypeOf(type, this.#fresh);
      if (value !== undefined && known !== undefined) declared.set(value, known);
    }
    return declared;
  }
}
