import { z } from "zod";
import { requiredByRule } from "../shared.ts";
import { SchemaError, type Json, type StructuralSchema } from "./schema.ts";

interface JsonSchema {
  type?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  required?: string[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema;
  items?: JsonSchema;
  [keyword: string]: unknown;
}

/** Keywords that a structural schema has in common with JSON Schema. */
const copied = [
  "default",
  "enum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "maxProperties",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-validations",
] as const;

const lowered = new Set<string>([
  ...copied,
  ...["description", "type", "format", "minimum", "maximum", "required", "properties", "additionalProperties", "items"],
  requiredByRule,
]);

/** What to write instead of a keyword that a structural schema cannot have. */
const remedies: Record<string, string> = {
  anyOf: "write the alternatives as optional fields with a CEL rule (withRules)",
  oneOf: "write the alternatives as optional fields with a CEL rule (withRules)",
  allOf: "write one object",
  $ref: "a recursive schema cannot be a CRD: bound its depth",
  pattern: "use text(), whose refusal tells the remedy",
  nullable: "use optional()",
};

const types = ["object", "array", "string", "integer", "boolean", "number"] as const;
const int32 = 2 ** 31;

/**
 * The structural schema of what a user writes (defaults not yet filled in) for a zod schema.
 *
 * @param path names the schema in errors, such as `FaceModel.spec`.
 * @throws SchemaError if zod says something that a CRD cannot.
 */
export function structuralSchema(schema: z.ZodType, path: string): StructuralSchema {
  return lower(z.toJSONSchema(schema, { target: "openapi-3.0", io: "input" }) as JsonSchema, path);
}

function lower(node: JsonSchema, path: string): StructuralSchema {
  refuseUnknown(node, path);
  const { description } = node;
  return {
    ...(typeof description === "string" && { description }),
    type: typeOf(node, path),
    ...numbers(node),
    ...pick(node, copied),
    ...fields(node, path),
    ...(node.additionalProperties && { additionalProperties: lower(node.additionalProperties, `${path}{}`) }),
    ...(node.items && { items: lower(node.items, `${path}[]`) }),
  };
}

/** zod's pattern of a date-time says no more than the format, which the API server checks itself. */
function refuseUnknown(node: JsonSchema, path: string): void {
  for (const keyword of Object.keys(node)) {
    if (lowered.has(keyword) || (keyword === "pattern" && node.format === "date-time")) continue;
    throw new SchemaError(path, `a CRD cannot have "${keyword}" here: ${remedies[keyword] ?? "remove it"}`);
  }
}

function typeOf(node: JsonSchema, path: string): StructuralSchema["type"] {
  const type = types.find((known) => known === node.type);
  if (type) return type;
  throw new SchemaError(path, `type ${JSON.stringify(node.type)} is none of ${types.join(", ")}`);
}

/** zod bounds integers by what a double holds exactly; a CRD has formats for that. */
function numbers(node: JsonSchema): Pick<StructuralSchema, "format" | "minimum" | "maximum"> {
  const minimum = node.minimum === Number.MIN_SAFE_INTEGER ? undefined : node.minimum;
  const maximum = node.maximum === Number.MAX_SAFE_INTEGER ? undefined : node.maximum;
  const fits = minimum !== undefined && maximum !== undefined && minimum >= -int32 && maximum < int32;
  const format = node.type === "integer" ? (fits ? "int32" : "int64") : node.format;
  return {
    ...(format !== undefined && { format }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
  };
}

function fields(node: JsonSchema, path: string): Pick<StructuralSchema, "required" | "properties"> {
  const byRule = (node[requiredByRule] ?? []) as string[];
  const required = (node.required ?? []).filter((name) => !byRule.includes(name));
  const properties = Object.entries(node.properties ?? {}).map(
    ([name, property]) => [name, lower(property, `${path}.${name}`)] as const,
  );
  return {
    ...(required.length > 0 && { required }),
    ...(properties.length > 0 && { properties: Object.fromEntries(properties) }),
  };
}

/** A lower bound of nothing is none. */
function pick(node: JsonSchema, keywords: readonly string[]): Record<string, Json> {
  const present = keywords.filter((keyword) => node[keyword] !== undefined);
  return Object.fromEntries(
    present
      .map((keyword) => [keyword, node[keyword] as Json] as const)
      .filter(([keyword, value]) => !(value === 0 && keyword.startsWith("min"))),
  );
}
