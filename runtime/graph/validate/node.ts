import { domainOf, operatorKey } from "../domain.ts";
import { GraphError, type Place } from "../graph-error.ts";
import { attributeTypes, protoName } from "../codec/schema.ts";
import type { NodeProto } from "../codec/types.ts";
import { newestVersion, signaturesOf, type Signature } from "./signatures.ts";
import type { Operators } from "./graph.ts";

/**
 * Whether a node is an operator of a set that the model imports, or one of its functions, with the inputs, outputs and
 * attributes that the operator has in that version. Sets that we have no table of are believed.
 * @throws {GraphError}
 */
export function checkSignature(node: NodeProto, { opsets, calls }: Operators, place: Place): void {
  const { opType = "", overload = "" } = node;
  const domain = domainOf(node.domain);
  if (calls.size > 0 && calls.has(operatorKey(domain, opType, overload))) return;
  const version = opsets.get(domain);
  if (version === undefined)
    throw new GraphError(
      `operator ${opType} is of the set ${JSON.stringify(domain)}, which opset_import does not name: add it there`,
      { ...place, field: "domain" },
    );
  const newest = newestVersion(domain);
  if (newest === undefined) return;
  const signature = signatureAt(domain, opType, version, newest, place);
  if (signature === undefined) return;
  const known = Math.max(signature.since, 1);
  checkCount("input", node.input.length, signature.inputs, `${opType}-${known}`, place);
  checkCount("output", node.output.length, signature.outputs, `${opType}-${known}`, place);
  checkAttributes(node, signature, `${opType}-${known}`, place);
}

/** The version of the operator that holds; undefined where the operator is newer than the table. */
function signatureAt(
  domain: string,
  opType: string,
  version: number,
  newest: number,
  place: Place,
): Signature | undefined {
  const at = { ...place, field: "op_type" };
  const all = signaturesOf(domain, opType);
  const signature = all?.findLast(({ since }) => since <= version);
  if (signature === undefined) {
    if (version > newest) return undefined;
    const since = all?.[0]?.since;
    throw new GraphError(
      since === undefined
        ? `no operator of the set ${JSON.stringify(domain)} is called ${JSON.stringify(opType.slice(0, 200))}`
        : `operator ${opType} came with version ${since} of the set, and the model imports ${version}`,
      at,
    );
  }
  if (signature.deprecated)
    throw new GraphError(`operator ${opType} ended with version ${signature.since} of the set`, at);
  return signature;
}

function checkCount(
  field: "input" | "output",
  count: number,
  range: Signature["inputs"],
  name: string,
  at: Place,
): void {
  const { least, most } = range;
  if (count < least || count > most)
    throw new GraphError(`${name} has ${least} to ${most} ${field}s, and there are ${count}`, { ...at, field });
}

const fieldOfType = new Map(Object.entries(attributeTypes).map(([field, code]) => [code as number, field]));

/** As onnx.proto and messages of Python's onnx call it: INT, FLOATS, SPARSE_TENSOR. */
const typeName = (field: string | undefined): string =>
  field === undefined ? "no type" : `type ${typeNames.get(field) ?? protoName(field).toUpperCase()}`;
const typeNames = new Map([
  ["f", "FLOAT"],
  ["i", "INT"],
  ["s", "STRING"],
  ["t", "TENSOR"],
  ["g", "GRAPH"],
  ["tp", "TYPE_PROTO"],
]);

function checkAttributes({ attribute }: NodeProto, { attributes }: Signature, operator: string, at: Place): void {
  for (const [index, { name = "", type }] of attribute.entries()) {
    const known = attributes.get(name);
    const field = `attribute[${index}] ${JSON.stringify(name.slice(0, 200))}`;
    if (known === undefined) throw new GraphError(`${operator} has no such attribute`, { ...at, field });
    if (type !== attributeTypes[known.field])
      throw new GraphError(
        `${operator} takes ${typeName(known.field)} for it, and it has ${typeName(fieldOfType.get(type ?? 0))}`,
        {
          ...at,
          field,
        },
      );
  }
  for (const [name, { required }] of attributes)
    if (required && !attribute.some((given) => given.name === name))
      throw new GraphError(`${operator} needs the attribute ${JSON.stringify(name)}`, { ...at, field: "attribute" });
}
