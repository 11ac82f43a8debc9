import { application, type Body, type Input, type Value } from "./expression.ts";
import type { Annotation, Declaration, Graph, Model, Output } from "./graph.ts";
import { GraphError, type Place } from "./graph-error.ts";
import { dimNames, tensorTypeOf } from "./type.ts";
import { domainOf } from "./domain.ts";
import { mainGraph } from "./main-graph.ts";
import { resolveAttributes } from "./reading/attributes.ts";
import { Functions, type Call } from "./reading/functions.ts";
import { defaultReadLimits, type ReadLimits } from "./reading/limits.ts";
import { Scope } from "./reading/scope.ts";
import { Densifier } from "./reading/sparse.ts";
import { checkUnique } from "./validate/unique.ts";
import { validateModel } from "./validate/model.ts";
import type {
  FunctionProto,
  GraphProto,
  Message,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from "./codec/types.ts";

/**
 * A model as values made of values. What its outputs do not need is left behind, training information too: it names
 * constants that may be gone, and would train others than the graph computes with. Functions of the model are inlined
 * where they are called, and sparse constants made dense.
 * @throws {GraphError} naming the node and the field, if the model is not valid (validate/model.ts), reads a value
 * that nothing defines before, defines one twice, or goes beyond the limits.
 * @throws {ModelFormatError} if it has no graph.
 */
export function readModel(proto: ModelProto, limits: Partial<ReadLimits> = {}): Model {
  validateModel(proto);
  const { graph: _, trainingInfo: _training, opsetImport, irVersion = 0, functions, ...rest } = proto;
  const opsets = new Map(opsetImport.map(({ domain, version = 0 }) => [domainOf(domain), version]));
  const graph = readWith(mainGraph(proto), functions, opsets, { ...defaultReadLimits, ...limits });
  return { graph, opsets, irVersion, rest: { ...rest, functions: [] } };
}

/** A graph that calls no functions as values made of values. @throws {GraphError} */
export function readGraph(proto: GraphProto): Graph {
  return readWith(proto, [], new Map(), defaultReadLimits);
}

function readWith(
  proto: GraphProto,
  functions: readonly FunctionProto[],
  opsets: Map<string, number>,
  limits: ReadLimits,
): Graph {
  const scope = new Scope({ graph: proto.name ?? "" });
  return new Reader(new Functions(functions, opsets, limits), limits).graph(proto, scope);
}

/** Reads graphs, bodies within them, and functions in the places of their calls. */
class Reader {
  readonly #functions: Functions;
  readonly #limits: ReadLimits;
  readonly #densifier: Densifier;
  readonly #freshDim = dimNames();

  constructor(functions: Functions, limits: ReadLimits) {
    this.#functions = functions;
    this.#limits = limits;
    this.#densifier = new Densifier(limits.dense);
  }

  graph(proto: GraphProto, scope: Scope, call?: Call): Graph {
    const { name = "", node, initializer, sparseInitializer, input, output, valueInfo, ...more } = proto;
    const { quantizationAnnotation, ...rest } = more;
    const initial = this.#initial(proto, scope.place);
    const inputs = input.map((info) => this.#input(info, initial.get(info.name ?? ""), scope));
    for (const value of inputs) initial.delete(value.name);
    for (const [name, tensor] of initial) scope.define(name, { kind: "Constant", tensor });
    this.#nodes(node, scope, call);
    // Those of a body go by their place: one value may be given back twice.
    if (scope.depth === 0)
      checkUnique(
        output.map(({ name = "" }) => name),
        { ...scope.place, field: "output" },
      );
    const outputs = output.map((info) => this.#output(info, scope));
    const declared = this.#declared(valueInfo, scope);
    const annotations = quantizationAnnotation.flatMap((annotation) => annotationOf(annotation, scope) ?? []);
    return {
      ...{ name, inputs, outputs, rest },
      ...(declared.size > 0 && { declared }),
      ...(annotations.length > 0 && { annotations }),
    };
  }

  /** Constants by name, some of which are what inputs are when they are not given. */
  #initial({ initializer, sparseInitializer }: GraphProto, place: Place): Map<string, TensorProto> {
    const initial = new Map<string, TensorProto>();
    const dense = sparseInitializer.map((sparse) => this.#densifier.dense(sparse, place));
    for (const tensor of [...initializer, ...dense]) {
      const { name = "" } = tensor;
      if (initial.has(name))
        throw new GraphError(`the value ${JSON.stringify(name)} is defined twice`, { ...place, field: "initializer" });
      initial.set(name, tensor);
    }
    return initial;
  }

  #input(info: ValueInfoProto, initial: TensorProto | undefined, scope: Scope): Input {
    const type = tensorTypeOf(info.type, this.#freshDim);
    const { name = "" } = info;
    const value: Input = {
      kind: "Input",
      name,
      type: type?.type,
      dims: type?.dims,
      info: { ...info, name },
      ...(initial && { initial }),
    };
    scope.define(name, value, { ...scope.place, field: "input" });
    return value;
  }

  #output(info: ValueInfoProto, scope: Scope): Output {
    const { name = "" } = info;
    const type = tensorTypeOf(info.type, this.#freshDim);
    return { name, value: found(scope, name, { ...scope.place, output: name }), info, ...type };
  }

  #nodes(nodes: readonly NodeProto[], scope: Scope, call: Call | undefined): void {
    for (const [index, node] of nodes.entries()) {
      const { opType = "", name } = node;
      const place = { ...scope.place, node: name === undefined || name === "" ? `${opType} at ${index}` : name };
      const definition = this.#functions.of(node);
      if (definition === undefined) this.#node(node, scope, call, place);
      else this.#call(node, this.#functions.open(definition, node, call, place), scope, place);
    }
  }

  #node(proto: NodeProto, scope: Scope, call: Call | undefined, place: Place): void {
    const { opType = "", domain, input, output, attribute, name, ...rest } = proto;
    const named = (value: string): string => (value === "" || call === undefined ? value : call.nameOf(value));
    const attributes = resolveAttributes(attribute, call?.attributes, place);
    const made = application({
      opType,
      domain: domainOf(domain),
      inputs: input.map((value) => (value === "" ? undefined : scope.find(value, place))),
      attributes: attributes.filter(({ g }) => g === undefined),
      bodies: attributes.flatMap(({ name = "", g }) => (g === undefined ? [] : [this.#body(name, g, scope, call)])),
      outputs: output.map((value) => value !== ""),
      name: name === undefined ? undefined : named(name),
      names: call === undefined ? output : output.map(named),
      rest,
    });
    for (const [index, value] of output.entries()) if (value !== "") scope.define(value, made.results[index], place);
  }

  #body(attribute: string, proto: GraphProto, around: Scope, call: Call | undefined): Body {
    const place = { ...around.place, graph: proto.name ?? "" };
    return { attribute, graph: this.graph(proto, new Scope(place, this.#deeper(around), around), call) };
  }

  /** The body of a function, its inputs and outputs being those of the node. */
  #call(node: NodeProto, call: Call, scope: Scope, place: Place): void {
    const { name = "", input, output, node: nodes } = call.definition;
    const inner = new Scope({ ...scope.place, function: name }, this.#deeper(scope));
    for (const [index, formal] of input.entries()) {
      const actual = node.input[index] ?? "";
      inner.define(formal, actual === "" ? undefined : scope.find(actual, place));
    }
    this.#nodes(nodes, inner, call);
    for (const [index, actual] of node.output.entries())
      if (actual !== "") scope.define(actual, found(inner, output[index]!, { ...place, output: actual }), place);
  }

  #deeper({ depth, place }: Scope): number {
    const { depth: deepest } = this.#limits;
    if (depth >= deepest) throw new GraphError(`bodies and calls lie within each other deeper than ${deepest}`, place);
    return depth + 1;
  }

  #declared(valueInfo: readonly ValueInfoProto[], scope: Scope): Map<Value, Declaration> {
    const declared = new Map<Value, Declaration>();
    for (const info of valueInfo) {
      const value = scope.known(info.name ?? "");
      if (value !== undefined) declared.set(value, { info, ...tensorTypeOf(info.type, this.#freshDim) });
    }
    return declared;
  }
}

/** Undefined where it names what is not there. */
function annotationOf(
  { tensorName = "", quantParameterTensorNames, ...rest }: Message<"TensorAnnotation">,
  scope: Scope,
): Annotation | undefined {
  const value = scope.known(tensorName);
  const parameters = quantParameterTensorNames.flatMap(({ key = "", value: name = "" }) => {
    const value = scope.known(name);
    return value === undefined ? [] : [{ key, value }];
  });
  const isWhole = value !== undefined && parameters.length === quantParameterTensorNames.length;
  return isWhole ? { value, parameters, rest } : undefined;
}

/** A value that must be there: an output cannot be an optional input that was left out. */
function found(scope: Scope, name: string, place: Place): Value {
  const value = scope.find(name, place);
  if (value === undefined) throw new GraphError("it is an optional input that the call leaves out", place);
  return value;
}
