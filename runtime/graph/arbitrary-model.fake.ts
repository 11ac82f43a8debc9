import type { MessageInit } from "./codec/types.ts";
import { attribute, float } from "./expression.ts";
import { tensor } from "./tensor.ts";

type Node = MessageInit<"NodeProto">;
type Attribute = MessageInit<"AttributeProto">;

/** A number from 0 up to but not including the one given. */
export type Pick = (below: number) => number;

/** The one input of these models, and their one output: float32 vectors of this length. */
export const vectorLength = 3;

/**
 * A model that ONNX Runtime runs, at random: vectors through operators that skip inputs and outputs, branches, loops and
 * scans that read what is around them, functions that call functions with references to their attributes, sparse
 * constants, and code that nothing needs.
 */
export function arbitraryModel(pick: Pick): MessageInit<"ModelProto"> {
  return new Builder(pick).model();
}

/** What is written into: a graph, a body, or a function. */
interface Block {
  readonly nodes: Node[];
  /** Vectors that can be read. */
  readonly vectors: string[];
  /** Scalars that can be read. */
  readonly scalars: readonly string[];
  /** Inputs of a function that a call may leave out: only optional inputs read them. */
  readonly optional: readonly string[];
  /** Bodies and functions around it. */
  readonly depth: number;
  readonly attributes: readonly string[];
}

const graphAttribute = (name: string, g: MessageInit<"GraphProto">): Attribute => ({ name, type: 5, g });
const info = (name: string, elemType: number, ...dims: number[]): MessageInit<"ValueInfoProto"> => ({
  name,
  type: { tensorType: { elemType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});
const vector = (name: string) => info(name, 1, vectorLength);

class Builder {
  readonly #pick: Pick;
  #serial = 0;
  readonly #functions: MessageInit<"FunctionProto">[] = [];

  constructor(pick: Pick) {
    this.#pick = pick;
  }

  model(): MessageInit<"ModelProto"> {
    const count = this.#pick(3);
    for (let index = 0; index < count; index++) this.#functions.push(this.#function(index));
    const block: Block = {
      nodes: [],
      vectors: ["x", "w", "sparse"],
      scalars: ["low", "high"],
      optional: [],
      depth: 0,
      attributes: [],
    };
    const y = this.#fill(block, 2 + this.#pick(6));
    const initializer = [
      tensor("w", "float32", [3], Float32Array.of(0.5, -1, 2)),
      tensor("low", "float32", [], Float32Array.of(-1)),
      tensor("high", "float32", [], Float32Array.of(1.5)),
    ];
    const sparse = {
      dims: [3],
      values: tensor("sparse", "float32", [1], Float32Array.of(4)),
      indices: tensor("", "int64", [1], BigInt64Array.of(BigInt(this.#pick(3)))),
    };
    return {
      irVersion: 10,
      opsetImport: [{ version: 17 }, { domain: "local", version: 1 }],
      functions: this.#functions,
      graph: {
        name: "g",
        node: [...block.nodes, { opType: "Identity", input: [y], output: ["y"] }],
        initializer,
        sparseInitializer: [sparse],
        input: [vector("x")],
        output: [vector("y")],
      },
    };
  }

  #function(index: number): MessageInit<"FunctionProto"> {
    const block: Block = {
      nodes: [],
      vectors: ["a", "b"],
      scalars: [],
      optional: ["most"],
      depth: 2,
      attributes: ["slope"],
    };
    // ONNX Runtime takes no function that leaves an input unread or gives one back.
    block.vectors.push(this.#node(block, "Add", ["a", "b"]));
    block.vectors.push(this.#node(block, "Clip", ["a", "", "most"]));
    const first = this.#fill(block, 1 + this.#pick(3));
    return {
      name: `f${index}`,
      domain: "local",
      input: ["a", "b", "most"],
      output: [first, this.#of(block.vectors.slice(2).filter((name) => name !== first))],
      attributeProto: [attribute("slope", float(0.25))],
      opsetImport: [{ version: 17 }, { domain: "local", version: 1 }],
      node: block.nodes,
    };
  }

  #fill(block: Block, count: number): string {
    let last = this.#of(block.vectors);
    for (let made = 0; made < count; made++) {
      last = this.#operator(block);
      block.vectors.push(last);
    }
    return last;
  }

  #operator(block: Block): string {
    const simple = [this.#unary, this.#binary, this.#clip, this.#leaky, this.#recurrent, this.#dropout];
    const nested = block.depth < 3 ? [this.#branch, this.#loop, this.#scan] : [];
    const calls = this.#functions.length > 0 ? [this.#call] : [];
    return this.#of([...simple, ...nested, ...calls]).call(this, block);
  }

  #unary(block: Block): string {
    return this.#node(block, this.#of(["Neg", "Abs", "Tanh", "Sigmoid"]), [this.#vector(block)]);
  }

  #binary(block: Block): string {
    return this.#node(block, this.#of(["Add", "Sub", "Mul", "Max"]), [this.#vector(block), this.#vector(block)]);
  }

  #clip(block: Block): string {
    const bound = (): string => this.#of(["", "", ...block.scalars, ...block.optional]);
    return this.#node(block, "Clip", [this.#vector(block), bound(), bound()]);
  }

  #leaky(block: Block): string {
    const [slope] = block.attributes;
    const alpha: Attribute =
      slope !== undefined && this.#pick(2) === 0
        ? { name: "alpha", type: 1, refAttrName: slope }
        : attribute("alpha", float(0.5));
    return this.#node(block, "LeakyRelu", [this.#vector(block)], [alpha]);
  }

  /** A GRU that is asked for its last state only: its first output is left out. */
  #recurrent(block: Block): string {
    const sequence = this.#node(block, "Reshape", [this.#vector(block), this.#integers(block, 3, 1, 1)]);
    const weights = (...dims: number[]): string => {
      const size = dims.reduce((a, b) => a * b);
      const data = Float32Array.from({ length: size }, (_, index) => Math.sin(index));
      return this.#node(block, "Constant", [], [attribute("value", { tensor: tensor("", "float32", dims, data) })]);
    };
    const state = this.#name();
    block.nodes.push({
      opType: "GRU",
      input: [sequence, weights(1, 9, 1), weights(1, 9, 3)],
      output: ["", state],
      attribute: [attribute("hidden_size", 3)],
    });
    return this.#node(block, "Reshape", [state, this.#integers(block, 3)]);
  }

  #dropout(block: Block): string {
    const output = this.#name();
    const outputs = this.#pick(2) === 0 ? [output] : [output, this.#name()];
    block.nodes.push({ opType: "Dropout", input: [this.#vector(block)], output: outputs });
    return output;
  }

  #branch(block: Block): string {
    const sum = this.#node(block, "ReduceSum", [this.#vector(block)], [attribute("keepdims", 0)]);
    const zero = this.#node(block, "Constant", [], [attribute("value_float", float(0))]);
    const condition = this.#node(block, "Greater", [sum, zero]);
    const bodies = ["then_branch", "else_branch"].map((name) => {
      const inner = this.#inner(block, []);
      const value = this.#fill(inner, 1 + this.#pick(2));
      return graphAttribute(name, { name, node: inner.nodes, output: [vector(value)] });
    });
    return this.#node(block, "If", [condition], bodies);
  }

  #loop(block: Block): string {
    const [iteration, condition, state, go, scanned] = [1, 2, 3, 4, 5].map(() => this.#name());
    const inner = this.#inner(block, [state!]);
    inner.nodes.push({ opType: "Identity", input: [condition!], output: [go!] });
    const next = this.#fill(inner, 1 + this.#pick(2));
    inner.nodes.push({ opType: "Neg", input: [this.#vector(inner)], output: [scanned!] });
    const body = {
      name: "body",
      node: inner.nodes,
      input: [info(iteration!, 7), info(condition!, 9), vector(state!)],
      output: [info(go!, 9), vector(next), vector(scanned!)],
    };
    const [last, all] = [this.#name(), this.#name()];
    block.nodes.push({
      opType: "Loop",
      input: [this.#integers(block, 2), "", this.#vector(block)],
      output: [last, all],
      attribute: [graphAttribute("body", body)],
    });
    const sum = this.#node(block, "ReduceSum", [all, this.#integers(block, 0)], [attribute("keepdims", 0)]);
    return this.#node(block, "Add", [last, sum]);
  }

  #scan(block: Block): string {
    const [state, element, scaled] = [1, 2, 3].map(() => this.#name());
    const inner = this.#inner(block, [state!]);
    inner.nodes.push({ opType: "Neg", input: [element!], output: [scaled!] });
    const sum = this.#node(inner, "Add", [this.#fill(inner, 1 + this.#pick(2)), scaled!]);
    const body = {
      name: "body",
      node: inner.nodes,
      input: [vector(state!), info(element!, 1)],
      output: [vector(sum), info(scaled!, 1)],
    };
    const [last, all] = [this.#name(), this.#name()];
    block.nodes.push({
      opType: "Scan",
      input: [this.#vector(block), this.#vector(block)],
      output: [last, all],
      attribute: [graphAttribute("body", body), attribute("num_scan_inputs", 1)],
    });
    return this.#of([last, all]);
  }

  #call(block: Block): string {
    const { name } = this.#of(this.#functions);
    const most = this.#of(["", ...block.scalars]);
    const inputs = [this.#vector(block), this.#vector(block), ...(most === "" && this.#pick(2) === 0 ? [] : [most])];
    const outputs = [this.#name(), this.#name()];
    block.nodes.push({
      name: this.#name(),
      opType: name!,
      domain: "local",
      input: inputs,
      output: outputs,
      attribute: this.#pick(2) === 0 ? [] : [attribute("slope", float(-0.75))],
    });
    return this.#of(outputs);
  }

  /** A body reads everything around it, and its own. */
  #inner(around: Block, own: readonly string[]): Block {
    return { ...around, nodes: [], vectors: [...around.vectors, ...own], depth: around.depth + 1 };
  }

  #integers(block: Block, ...values: number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    const value = tensor("", "int64", [values.length], data);
    return this.#node(block, "Constant", [], [attribute("value", { tensor: value })]);
  }

  #node(block: Block, opType: string, input: readonly string[], attributes: readonly Attribute[] = []): string {
    const output = this.#name();
    block.nodes.push({ opType, input, output: [output], attribute: attributes });
    return output;
  }

  #vector(block: Block): string {
    return this.#of(block.vectors);
  }

  #name(): string {
    return `v${this.#serial++}`;
  }

  #of<T>(list: readonly T[]): T {
    return list[this.#pick(list.length)]!;
  }
}
