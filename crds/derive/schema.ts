import type { Rule } from "../shared.ts";

/** A value as JSON has it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/**
 * A structural schema, as a CustomResourceDefinition takes it. Keys are written in this order.
 * Source: Kubernetes API, apiextensions.k8s.io/v1 JSONSchemaProps.
 */
export interface StructuralSchema {
  description?: string;
  type: "object" | "array" | "string" | "integer" | "boolean" | "number";
  format?: string;
  default?: Json;
  enum?: readonly string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  "x-kubernetes-list-map-keys"?: readonly string[];
  "x-kubernetes-validations"?: readonly Rule[];
  required?: readonly string[];
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema;
  items?: StructuralSchema;
}

/** A kind that cannot be written as a CRD: `path` is where, the message says what to change in its zod schema. */
export class SchemaError extends Error {
  override name = "SchemaError";
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
    this.path = path;
  }
}

/** Every schema below `schema` with its path, itself first, fields in their written order; items as `path[]`, values of maps as `path{}`. */
export function* eachSchema(
  schema: StructuralSchema,
  path: string,
): Generator<{ path: string; schema: StructuralSchema }> {
  yield { path, schema };
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    yield* eachSchema(property, `${path}.${name}`);
  if (schema.items) yield* eachSchema(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* eachSchema(schema.additionalProperties, `${path}{}`);
}
