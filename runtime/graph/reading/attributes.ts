import { GraphError, type Place } from "../graph-error.ts";
import { attributeTypes } from "../codec/schema.ts";
import type { AttributeProto } from "../codec/types.ts";

/** The attributes that a function was called with, and the defaults of those that it was not. */
export type GivenAttributes = ReadonlyMap<string, AttributeProto>;

/**
 * A node's attributes as they hold within a call: references to attributes of the function replaced by their values,
 * those that the call does not give left out. Zeros and empty strings that a proto3 writer leaves out are put in.
 * @throws {GraphError} for a reference outside a function.
 */
export function resolveAttributes(
  attributes: readonly AttributeProto[],
  given: GivenAttributes | undefined,
  place: Place,
): readonly AttributeProto[] {
  return attributes.flatMap((attribute) => {
    const { refAttrName, name = "" } = attribute;
    if (refAttrName === undefined || refAttrName === "") return [filled(attribute)];
    if (given === undefined)
      throw new GraphError(`attribute ${JSON.stringify(name)} refers to one of a function, and is in none`, place);
    const value = given.get(refAttrName);
    return value === undefined ? [] : [filled({ ...value, name })];
  });
}

const noBytes = new Uint8Array(0);

function filled(attribute: AttributeProto): AttributeProto {
  const { type, i, f, s } = attribute;
  if (type === attributeTypes.i && i === undefined) return { ...attribute, i: 0 };
  if (type === attributeTypes.f && f === undefined) return { ...attribute, f: 0 };
  if (type === attributeTypes.s && s === undefined) return { ...attribute, s: noBytes };
  return attribute;
}
