import { GraphError, type Place } from "../graph-error.ts";
import { attributeTypes } from "../codec/schema.ts";
import type { AttributeProto } from "../codec/types.ts";
import type { PayloadField } from "./signatures.ts";
import { validateSparse, validateTensor } from "./tensor.ts";
import { validateType } from "./type.ts";

const fields = Object.keys(attributeTypes) as PayloadField[];
const fieldOfType = new Map<number, PayloadField>(fields.map((field) => [attributeTypes[field], field]));

/** Those that a writer leaves out when they are zero or empty. */
const implied: ReadonlySet<PayloadField> = new Set(["f", "i", "s"]);

/**
 * Whether an attribute holds what its type says, and nothing else, or refers to one of the function around it.
 * Graphs within it are for the caller.
 * @throws {GraphError}
 */
export function validateAttribute(
  attribute: AttributeProto,
  scope: { readonly function: { readonly attributes: ReadonlySet<string> } | undefined },
  place: Place,
): void {
  const { name = "", type = 0, refAttrName = "" } = attribute;
  if (name === "") throw new GraphError("an attribute has no name", place);
  const expected = fieldOfType.get(type);
  if (expected === undefined) throw new GraphError(`${type} is no type of attribute`, place);
  if (expected === "graphs") throw new GraphError("lists of graphs are not read: no operator takes one", place);
  const isReference = refAttrName !== "";
  if (isReference && scope.function?.attributes.has(refAttrName) !== true)
    throw new GraphError(
      `it refers to the attribute ${JSON.stringify(refAttrName)}, which no function has here`,
      place,
    );
  for (const field of fields)
    if (isPresent(attribute, field) && (field !== expected || isReference))
      throw new GraphError(
        isReference
          ? "it refers to an attribute and has a value as well"
          : `its type is ${type}, and it has a value in ${field}`,
        place,
      );
  if (isReference || implied.has(expected)) return;
  if (!isPresent(attribute, expected) && !expected.endsWith("s")) throw new GraphError("it has no value", place);
  validateContents(attribute, place);
}

const isPresent = (attribute: AttributeProto, field: PayloadField): boolean => {
  const value = attribute[field];
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
};

function validateContents(
  { t, tensors, sparseTensor, sparseTensors, tp, typeProtos }: AttributeProto,
  at: Place,
): void {
  for (const tensor of t === undefined ? tensors : [t, ...tensors]) validateTensor(tensor, at, () => at.field ?? "");
  for (const sparse of sparseTensor === undefined ? sparseTensors : [sparseTensor, ...sparseTensors])
    validateSparse(sparse, at, () => at.field ?? "");
  for (const type of tp === undefined ? typeProtos : [tp, ...typeProtos]) validateType(type, at);
}
