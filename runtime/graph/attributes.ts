import type { Application } from "./expression.ts";
import { GraphError } from "./graph-error.ts";
import { attributeTypes } from "./codec/schema.ts";
import type { AttributeProto, TensorProto } from "./codec/types.ts";

/**
 * Attributes of an application by name. Each gives `fallback` where the attribute is not there.
 * @throws {GraphError} naming the node, if the attribute is of another type.
 */
export function intOf<F = undefined>(of: Application, name: string, fallback?: F): number | F {
  const found = attributeOf(of, name, "i");
  return found === undefined ? (fallback as F) : Number(found.i ?? 0);
}

/** A list of integers; those beyond 2^53 lose digits. @see intOf */
export function intsOf<F = undefined>(of: Application, name: string, fallback?: F): readonly number[] | F {
  return attributeOf(of, name, "ints")?.ints.map(Number) ?? (fallback as F);
}

/** A floating-point number. @see intOf */
export function floatOf<F = undefined>(of: Application, name: string, fallback?: F): number | F {
  const found = attributeOf(of, name, "f");
  return found === undefined ? (fallback as F) : (found.f ?? 0);
}

/** A list of floating-point numbers. @see intOf */
export function floatsOf<F = undefined>(of: Application, name: string, fallback?: F): readonly number[] | F {
  return attributeOf(of, name, "floats")?.floats ?? (fallback as F);
}

/** A string. @see intOf */
export function stringOf<F = undefined>(of: Application, name: string, fallback?: F): string | F {
  const found = attributeOf(of, name, "s");
  return found === undefined ? (fallback as F) : new TextDecoder().decode(found.s);
}

/** A tensor. @see intOf */
export function tensorOf(of: Application, name: string): TensorProto | undefined {
  return attributeOf(of, name, "t")?.t;
}

type Field = keyof typeof attributeTypes;

const fieldNames = new Map(Object.entries(attributeTypes).map(([field, code]) => [code as number, field]));

/** Files of old writers leave the type of an attribute out: then the field that is there tells it. */
function attributeOf(of: Application, name: string, field: Field): AttributeProto | undefined {
  const found = of.attributes.find((attribute) => attribute.name === name);
  if (found === undefined || found.type === attributeTypes[field]) return found;
  if (found.type === undefined || found.type === 0) return found;
  const given = fieldNames.get(found.type) ?? `type ${found.type}`;
  throw new GraphError(`attribute "${name}" of ${of.opType} is "${given}" and must be "${field}"`, {
    node: nodeName(of),
  });
}

/** What messages call a node: its name, or its operator and what it makes. */
export function nodeName({ name, opType, names }: Application): string {
  if (name !== undefined && name !== "") return name;
  const result = names.find((given) => given !== undefined && given !== "");
  return result === undefined ? opType : `${opType} of ${result}`;
}
