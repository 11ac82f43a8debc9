import { GraphError, type Place } from "../graph-error.ts";
import type { GraphProto, NodeProto } from "../codec/types.ts";
import { validateAttribute } from "./attribute.ts";
import { checkSignature } from "./node.ts";
import { validateSparse, validateTensor } from "./tensor.ts";
import { validateType } from "./type.ts";

/** The operators that the nodes of a graph or a function can be. */
export interface Operators {
  /** Version by domain. */
  readonly opsets: ReadonlyMap<string, number>;
  /** Functions of the model, as JSON of [domain, name, overload]. */
  readonly calls: ReadonlySet<string>;
  /** The function whose body the nodes are, and the attributes that they may refer to. */
  readonly function: { readonly name: string; readonly attributes: ReadonlySet<string> } | undefined;
}

/** Deepest graphs within graphs; the decoder allows fewer, graphs that were built otherwise end here. */
const deepest = 64;

/** @throws {GraphError} */
export function validateGraph(graph: GraphProto, operators: Operators, around: Place, depth = 0): void {
  const place = { ...around, graph: graph.name ?? "" };
  if (depth > deepest) throw new GraphError(`graphs lie within each other deeper than ${deepest}`, place);
  for (const field of ["input", "output", "valueInfo"] as const)
    for (const [index, { name = "", type }] of graph[field].entries())
      validateType(type, { ...place, field: `${fieldNames[field]}[${index}] ${JSON.stringify(name.slice(0, 200))}` });
  for (const [index, tensor] of graph.initializer.entries())
    validateTensor(tensor, place, () => `initializer[${index}] ${JSON.stringify(tensor.name?.slice(0, 200) ?? "")}`);
  for (const [index, sparse] of graph.sparseInitializer.entries())
    validateSparse(sparse, place, () => `sparse_initializer[${index}]`);
  validateNodes(graph.node, operators, place, depth);
}

const fieldNames = { input: "input", output: "output", valueInfo: "value_info" } as const;

/** @throws {GraphError} */
export function validateNodes(nodes: readonly NodeProto[], operators: Operators, place: Place, depth = 0): void {
  for (const [index, node] of nodes.entries()) {
    const { opType = "", name } = node;
    const at = { ...place, node: name === undefined || name === "" ? `${opType} at ${index}` : name };
    if (opType === "") throw new GraphError("a node has no operator", { ...at, field: "op_type" });
    checkSignature(node, operators, at);
    const seen = new Set<string>();
    for (const [index, attribute] of node.attribute.entries()) {
      const { name = "", g } = attribute;
      const field = `attribute[${index}] ${JSON.stringify(name.slice(0, 200))}`;
      if (seen.has(name)) throw new GraphError("two attributes have one name", { ...at, field });
      seen.add(name);
      validateAttribute(attribute, operators, { ...at, field });
      if (g !== undefined) validateGraph(g, operators, { ...at, field }, depth + 1);
    }
  }
}
