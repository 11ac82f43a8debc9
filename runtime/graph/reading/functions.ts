import { GraphError, type Place } from "../graph-error.ts";
import type { FunctionProto, NodeProto } from "../codec/types.ts";
import { domainOf, operatorKey } from "../domain.ts";
import type { GivenAttributes } from "./attributes.ts";
import type { ReadLimits } from "./limits.ts";

/** A function while its body is inlined in the place of a node. */
export interface Call {
  readonly definition: FunctionProto;
  readonly attributes: GivenAttributes;
  /** What a value or a node of the body is called where it is inlined. */
  readonly nameOf: (name: string) => string;
  /** The call within which this one is. */
  readonly caller: Call | undefined;
}

/** The functions of a model, and what inlining them may still add. */
export class Functions {
  readonly #byKey: ReadonlyMap<string, FunctionProto>;
  readonly #opsets: Map<string, number>;
  readonly #limits: ReadLimits;
  #left: number;

  /** `opsets` are those of the model; domains that only inlined functions use are added. */
  constructor(functions: readonly FunctionProto[], opsets: Map<string, number>, limits: ReadLimits) {
    this.#byKey = new Map(
      functions.map((definition) => [operatorKey(definition.domain, definition.name, definition.overload), definition]),
    );
    this.#opsets = opsets;
    this.#limits = limits;
    this.#left = limits.inlined;
  }

  /** The function that the node calls; undefined where it is an operator. */
  of(node: NodeProto): FunctionProto | undefined {
    return this.#byKey.size === 0 ? undefined : this.#byKey.get(operatorKey(node.domain, node.opType, node.overload));
  }

  /**
   * A call of the function by the node.
   * @throws {GraphError} if it does not fit the function, calls itself, goes beyond the limits, or is written against
   * another version of operators than the model.
   */
  open(definition: FunctionProto, node: NodeProto, caller: Call | undefined, place: Place): Call {
    for (let call = caller; call !== undefined; call = call.caller)
      if (call.definition === definition) throw new GraphError(`function ${definition.name ?? ""} calls itself`, place);
    this.#fits(definition, node, place);
    this.#import(definition, place);
    this.#spend(definition, place);
    return { definition, attributes: given(definition, node), nameOf: naming(definition, node, caller), caller };
  }

  #fits({ name = "", input, output }: FunctionProto, node: NodeProto, place: Place): void {
    const most = (what: string, found: number, allowed: number): void => {
      if (found > allowed)
        throw new GraphError(`it has ${found} ${what}s, and function ${name} has ${allowed}`, {
          ...place,
          field: what,
        });
    };
    most("input", node.input.length, input.length);
    most("output", node.output.length, output.length);
    if (node.attribute.some(({ g, graphs }) => g !== undefined || graphs.length > 0))
      throw new GraphError(`function ${name} is called with a graph as attribute; inline the function first`, {
        ...place,
        field: "attribute",
      });
  }

  #import({ name = "", opsetImport }: FunctionProto, place: Place): void {
    for (const { domain, version = 0 } of opsetImport) {
      const key = domainOf(domain);
      const known = this.#opsets.get(key) ?? version;
      if (known !== version)
        throw new GraphError(
          `function ${name} is written against version ${version} of the operators of ${JSON.stringify(key)}, and the ` +
            `model against ${known}: convert one of them`,
          place,
        );
      this.#opsets.set(key, version);
    }
  }

  #spend({ node }: FunctionProto, place: Place): void {
    for (const { input, output, attribute } of node) this.#left -= 1 + input.length + output.length + attribute.length;
    if (this.#left < 0)
      throw new GraphError(`inlining functions takes more than ${this.#limits.inlined} inputs and outputs`, place);
  }
}

function given({ attributeProto }: FunctionProto, node: NodeProto): GivenAttributes {
  return new Map([...attributeProto, ...node.attribute].map((attribute) => [attribute.name ?? "", attribute]));
}

/** The longest name that inlining makes: calls of calls would grow it at each level. */
const longest = 200;

function naming({ name = "", output }: FunctionProto, node: NodeProto, caller: Call | undefined): Call["nameOf"] {
  const asSeen = caller?.nameOf ?? ((inner: string) => inner);
  const prefix = asSeen(node.name === undefined || node.name === "" ? name : node.name).slice(0, longest);
  const results = new Map(output.map((inner, index) => [inner, node.output[index] ?? ""]));
  return (inner) => {
    const result = results.get(inner) ?? "";
    return result === "" ? `${prefix}/${inner}`.slice(0, longest).toWellFormed() : asSeen(result);
  };
}
