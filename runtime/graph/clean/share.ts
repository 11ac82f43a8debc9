import { encodeMessage } from "../codec/encode.ts";
import type { Application, Constant, Value } from "../expression.ts";
import type { Graph } from "../graph.ts";
import { rewriteGraph } from "../rewrite.ts";
import { applicationsOf } from "../topology.ts";
import { random } from "./random.ts";

/** Constants up to this many bytes are compared by what they hold. */
const smallBytes = 1024;

/**
 * The graph with what it computes twice computed once: equal operators of the default domain on equal values, and equal
 * small constants. Those with bodies stay, and so does what is within bodies.
 */
export function shareCommon(graph: Graph): Graph {
  const own = new Set(applicationsOf(graph));
  const keys = new Keys();
  const applied = new Map<string, Application>();
  return rewriteGraph(graph, {
    given: (value) => (value.kind === "Constant" ? keys.shared(value) : undefined),
    application: (made, was) => {
      if (!own.has(was) || made.domain !== "" || made.bodies.length > 0 || random.has(made.opType)) return undefined;
      const key = keys.ofApplication(made);
      const first = applied.get(key);
      if (first !== undefined) return first.results;
      applied.set(key, made);
      return undefined;
    },
  }).graph;
}

/** Texts that are equal for what is equal. */
class Keys {
  readonly #serials = new Map<Value, number>();
  readonly #constants = new Map<string, Constant>();

  shared(value: Constant): Constant {
    const { rawData, name: _, docString: _doc, ...rest } = value.tensor;
    if (rawData === undefined || rawData.length > smallBytes) return value;
    const key = Buffer.from(encodeMessage("TensorProto", { ...rest, rawData })).toString("base64");
    const first = this.#constants.get(key) ?? value;
    this.#constants.set(key, first);
    return first;
  }

  ofApplication({ opType, inputs, attributes, results }: Application): string {
    const sorted = attributes.toSorted((a, b) => ((a.name ?? "") < (b.name ?? "") ? -1 : 1));
    const encoded = sorted.map((attribute) =>
      Buffer.from(encodeMessage("AttributeProto", attribute)).toString("base64"),
    );
    const given = inputs.map((value) => (value === undefined ? -1 : this.#serialOf(value)));
    return JSON.stringify([opType, given, results.map((result) => result !== undefined), encoded]);
  }

  #serialOf(value: Value): number {
    const known = this.#serials.get(value) ?? this.#serials.size;
    this.#serials.set(value, known);
    return known;
  }
}
