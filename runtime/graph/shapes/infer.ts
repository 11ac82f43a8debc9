import type { Application, Value } from "../expression.ts";
import type { Graph, Model } from "../graph.ts";
import { applicationsOf } from "../topology.ts";
import { elementTypeOf } from "../elements.ts";
import { unknownDim, type Dim, type TensorType } from "../type.ts";
import { Node, tensorOf, type Known, type Surroundings } from "./node.ts";
import { ruleOf } from "./rules.ts";
import { Sizes } from "./sizes.ts";
import { mostElements, valuesOfTensor, type Values } from "./values.ts";

/** What is known of the values of a model before it runs. */
export interface Types {
  /**
   * The type of a value of the model, in bodies too, as far as it is known; sizes are numbers, names, or expressions of
   * names ("4*N", "floor((H+1)/2)") of which equal text means equal size. Undefined where the element type is not
   * known, and for what is no tensor of numbers.
   */
  of(value: Value): TensorType | undefined;
  /**
   * What a small tensor (of at most 1024 elements) holds, in row-major order: numbers, and sizes by name. Undefined
   * elements are not known. An input with an initial value is taken to keep it, unless the options say otherwise.
   */
  valuesOf(value: Value): readonly (Dim | undefined)[] | undefined;
}

/** How types are inferred. */
export interface InferenceOptions {
  /** Sizes of inputs by the name that the model has for them: {N: 1}. */
  readonly sizes?: Readonly<Record<string, number>>;
  /**
   * Whether inputs are taken to keep their initial values; true when not given. It is false where a graph is rewritten:
   * it must hold for whatever the caller gives. Before IR version 4 they keep them in any case: initializers were
   * listed among the inputs, and ONNX Runtime lets nobody give them.
   */
  readonly keepInitial?: boolean;
}

/** The first IR version in which an initializer that is an input is one. Source: ONNX, docs/IR.md. */
const overridableSince = 4;

/**
 * Infers the types of all values that a model's outputs need, from its inputs, without running it. An operator without
 * a rule makes values that are not known (docs/graph-operators.md lists those with one). What the model declares for
 * values in between and outputs fills in what the rules leave open, and yields to them.
 * @throws {GraphError} naming node, input and sizes, where an operator cannot take what it is given.
 */
export function inferTypes(model: Model, options: InferenceOptions = {}): Types {
  const inference = new Inference(model, options);
  inference.infer(model.graph);
  return inference;
}

class Inference implements Types, Surroundings {
  readonly sizes = new Sizes();
  readonly fresh: () => string;
  readonly #opsets: ReadonlyMap<string, number>;
  readonly #given: Readonly<Record<string, number>>;
  readonly #keepInitial: boolean;
  /** Those of each graph: bodies are looked at again and again. */
  readonly #applications = new Map<Graph, readonly Application[]>();
  /** How many graphs lie in one another where we are. */
  #depth = 0;
  readonly #types = new Map<Value, TensorType>();
  readonly #values = new Map<Value, Values | undefined>();

  constructor({ graph, opsets, irVersion }: Model, { sizes = {}, keepInitial = true }: InferenceOptions) {
    this.#opsets = opsets;
    this.#given = sizes;
    this.#keepInitial = keepInitial || irVersion < overridableSince;
    let next = this.#firstUnusedSerial(graph);
    this.fresh = () => unknownDim(next++);
  }

  of(value: Value): TensorType | undefined {
    return this.typeOf(value);
  }

  valuesOf(value: Value): readonly (Dim | undefined)[] | undefined {
    return this.contentsOf(value)?.elements;
  }

  typeOf(value: Value): Known {
    const known = this.#types.get(value);
    if (known !== undefined) return known;
    switch (value.kind) {
      case "Outer":
        return this.typeOf(value.value);
      case "Constant": {
        const type = elementTypeOf(value.tensor.dataType);
        return type === undefined ? undefined : this.#know(value, { type, dims: value.tensor.dims });
      }
      case "Input":
      case "Result":
        return undefined;
    }
  }

  contentsOf(value: Value): Values | undefined {
    if (value.kind === "Outer") return this.contentsOf(value.value);
    if (value.kind === "Result" || this.#values.has(value)) return this.#values.get(value);
    const tensor = value.kind === "Constant" ? value.tensor : value.initial;
    const isKnown = tensor !== undefined && (value.kind === "Constant" || this.#keepInitial);
    const values = isKnown ? valuesOfTensor(tensor) : undefined;
    this.#values.set(value, values);
    return values;
  }

  opsetOf(domain: string): number {
    return this.#opsets.get(domain) ?? 1;
  }

  get depth(): number {
    return this.#depth;
  }

  infer(graph: Graph, inputs: readonly Known[] = []): readonly Known[] {
    this.#depth++;
    for (const [place, input] of graph.inputs.entries()) {
      const declared = input.type === undefined ? undefined : { type: input.type, dims: this.#bind(input.dims) };
      this.#know(input, refine(inputs[place], declared));
    }
    for (const application of this.#applicationsOf(graph)) this.#apply(application, graph);
    this.#depth--;
    return graph.outputs.map(({ value, type, dims }) => {
      const declared = type === undefined ? undefined : { type, dims: this.#bind(dims) };
      return this.#know(value, refine(this.typeOf(value), declared));
    });
  }

  #apply(application: Application, graph: Graph): void {
    const rule = ruleOf(application);
    const node = new Node(application, this);
    const types = rule?.types(node) ?? [];
    for (const [index, result] of application.results.entries())
      if (result !== undefined) this.#know(result, refine(types[index], this.#declared(graph, result)));
    const [first] = application.results;
    if (first === undefined || rule?.values === undefined) return;
    const values = rule.values(node);
    this.#values.set(first, values !== undefined && values.elements.length <= mostElements ? values : undefined);
  }

  #applicationsOf(graph: Graph): readonly Application[] {
    const known = this.#applications.get(graph) ?? applicationsOf(graph);
    this.#applications.set(graph, known);
    return known;
  }

  /** Names that begin with "?" are taken up to before this one. */
  #firstUnusedSerial(graph: Graph): number {
    const { inputs, outputs, declared } = graph;
    let next = 0;
    for (const { dims = [] } of [...inputs, ...outputs, ...(declared?.values() ?? [])])
      for (const dim of dims) if (typeof dim === "string") next = Math.max(next, serialAfter(dim));
    for (const { bodies } of this.#applicationsOf(graph))
      for (const { graph: body } of bodies) next = Math.max(next, this.#firstUnusedSerial(body));
    return next;
  }

  #declared(graph: Graph, value: Value): Known {
    const { type, dims } = graph.declared?.get(value) ?? {};
    return type === undefined ? undefined : { type, dims: this.#bind(dims) };
  }

  #bind(dims: readonly Dim[] | undefined): readonly Dim[] | undefined {
    return dims?.map((dim) => (typeof dim === "string" && Object.hasOwn(this.#given, dim) ? this.#given[dim]! : dim));
  }

  #know(value: Value, known: Known): Known {
    // Bodies are looked at again when what they are given changes: what was known then goes.
    const kept = tensorOf(known?.type, known?.dims);
    if (kept === undefined) this.#types.delete(value);
    else this.#types.set(value, kept);
    return kept;
  }
}

/** What is inferred, with what is declared where that says more. */
function refine(inferred: Known, declared: Known): Known {
  if (inferred === undefined || declared?.dims === undefined) return inferred ?? declared;
  if (inferred.dims === undefined) return { ...inferred, dims: declared.dims };
  if (inferred.dims.length !== declared.dims.length) return inferred;
  const dims = inferred.dims.map((dim, axis) => {
    const other = declared.dims![axis]!;
    return isOpen(dim) && !isOpen(other) ? other : dim;
  });
  return { ...inferred, dims };
}

const isOpen = (dim: Dim): boolean => typeof dim === "string" && dim.startsWith("?");

/** The first number that no size without a name in this expression has. */
function serialAfter(dim: string): number {
  let next = 0;
  for (const [, serial] of dim.matchAll(/\?(\d{1,15})/g)) next = Math.max(next, Number(serial) + 1);
  return next;
}
