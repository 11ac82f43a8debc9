import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { defineKind, readyColumns } from "../kind.ts";
import { kinds } from "../kinds.ts";
import { listBy, requiredByRule, statusFields, withRules } from "../shared.ts";
import { crdOf, objectSchema } from "./crd.ts";
import { structuralSchema } from "./lower.ts";
import { flawsOf } from "./rules.ts";
import { eachSchema, type StructuralSchema } from "./schema.ts";

const rule = { rule: "self.a == self.b", message: "a must equal b" };

function kindWith(spec: z.ZodType) {
  return defineKind({
    kind: "Sample",
    plural: "samples",
    singular: "sample",
    shortNames: [],
    categories: [],
    description: "Sample.",
    spec,
    status: z.object(statusFields),
    columns: readyColumns,
  });
}

describe.each(kinds.map((kind) => [kind.kind, kind] as const))("%s", (_, kind) => {
  const schemas = [...eachSchema(objectSchema(kind), kind.kind)];

  test("is structural: every schema has one type, and properties never stand beside additionalProperties", () => {
    for (const { schema } of schemas) {
      expect(typeof schema.type).toBe("string");
      expect(schema.properties !== undefined && schema.additionalProperties !== undefined).toBe(false);
      expect(schema.type === "array").toBe(schema.items !== undefined);
    }
  });

  test("has a description on every field of spec and status", () => {
    for (const { path, schema } of schemas.filter(({ path }) => /\.(spec|status)\b/.test(path))) {
      for (const [name, property] of Object.entries(schema.properties ?? {})) {
        expect([`${path}.${name}`, property.description]).toEqual([`${path}.${name}`, expect.stringMatching(/\S/)]);
      }
    }
  });

  test("has a status subresource and shows Ready, Reason and Age", () => {
    const [version] = crdOf(kind).spec.versions;
    expect(version?.subresources).toEqual({ status: {} });
    expect(version?.additionalPrinterColumns.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["Ready", "Reason", "Age"]),
    );
  });

  test("says in every rule what is wrong in words that do not end in a full stop", () => {
    const messages = schemas.flatMap(({ schema }) => schema["x-kubernetes-validations"] ?? []).map((r) => r.message);
    for (const message of messages) expect(message).toMatch(/[^.\s]$/);
  });
});

describe("lowering", () => {
  const cases: [story: string, schema: z.ZodType, expected: StructuralSchema][] = [
    ["an integer without bounds is int64 and unbounded", z.int(), { type: "integer", format: "int64" }],
    [
      "an integer that fits 32 bits is int32",
      z.int().min(1).max(9),
      { type: "integer", format: "int32", minimum: 1, maximum: 9 },
    ],
    ["an integer without an upper bound is int64", z.int().min(0), { type: "integer", format: "int64", minimum: 0 }],
    ["a time keeps its format and loses zod's pattern", z.iso.datetime(), { type: "string", format: "date-time" }],
    [
      "a default and a description survive in either order",
      z.string().max(3).default("a").describe("A."),
      { description: "A.", type: "string", default: "a", maxLength: 3 },
    ],
    [
      "an object with nested defaults gets an empty one, which the server fills",
      z.object({ inner: z.object({ a: z.boolean().default(true) }).prefault({}) }),
      {
        type: "object",
        properties: {
          inner: { type: "object", default: {}, properties: { a: { type: "boolean", default: true } } },
        },
      },
    ],
    [
      "a field that a rule requires is not required by the schema, and the marker is gone",
      withRules(z.object({ a: z.boolean(), b: z.boolean() }).meta({ [requiredByRule]: ["b"] }), [rule]),
      {
        type: "object",
        "x-kubernetes-validations": [rule],
        required: ["a"],
        properties: { a: { type: "boolean" }, b: { type: "boolean" } },
      },
    ],
    [
      "rules added twice stay in their order",
      withRules(withRules(z.string().max(3), [rule]).describe("A."), [{ ...rule, message: "second" }]),
      {
        description: "A.",
        type: "string",
        maxLength: 3,
        "x-kubernetes-validations": [rule, { ...rule, message: "second" }],
      },
    ],
    [
      "a keyed list keeps its key and loses a lower bound of zero",
      listBy("name", z.object({ name: z.string().max(3) }), { max: 2 }),
      {
        type: "array",
        maxItems: 2,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        items: { type: "object", required: ["name"], properties: { name: { type: "string", maxLength: 3 } } },
      },
    ],
  ];
  test.each(cases)("%s", (_, schema, expected) => {
    expect(structuralSchema(schema, "Sample.spec")).toEqual(expected);
  });

  test.each([
    ["a union", z.union([z.string().max(1), z.int()]), /^Sample\.spec\.a: a CRD cannot have "anyOf".*optional fields/],
    ["a pattern", z.string().max(9).regex(/a/), /^Sample\.spec\.a: a CRD cannot have "pattern".*text\(\)/],
    ["a nullable", z.string().max(9).nullable(), /^Sample\.spec\.a: .*optional\(\)/],
    ["anything", z.any(), /^Sample\.spec\.a: type undefined is none of/],
  ])("%s is refused with the path and what to write instead", (_, a, message) => {
    expect(() => structuralSchema(z.object({ a }), "Sample.spec")).toThrow(message);
  });
});

describe("flaws", () => {
  const described = (a: z.ZodType) => z.object({ a: a.describe("A.") });
  const cases: [story: string, schema: z.ZodType, flaw: RegExp][] = [
    ["a field without a description", z.object({ a: z.boolean() }), /^spec: without a description: a/],
    ["a string without a bound", described(z.string()), /^spec\.a: a string without a bound/],
    ["a list without a bound", described(z.array(z.boolean())), /^spec\.a: a list without a bound/],
    ["a map without a bound", described(z.record(z.string(), z.boolean())), /^spec\.a: a map without a bound/],
    ["a float", described(z.number()), /^spec\.a: a float/],
    [
      "a list keyed by an optional field",
      described(listBy("k", z.object({ k: z.string().max(1).optional().describe("K.") }), { max: 1 })),
      /^spec\.a: a list keyed by what its items may lack: k/,
    ],
    ["a rule without a message", withRules(z.object({}), [{ rule: "true", message: " " }]), /^spec: the rule true/],
    [
      "a rule that points at no field",
      withRules(described(z.boolean()), [{ ...rule, fieldPath: ".c" }]),
      /^spec: fieldPath \.c/,
    ],
    ["a name that YAML reads as true", z.object({ y: z.boolean().describe("Y.") }), /^spec: YAML reads.*: y/],
  ];
  test.each(cases)("%s is one, with path and remedy", (_, schema, flaw) => {
    expect(flawsOf(structuralSchema(schema, "spec"), "spec", "spec")).toEqual([expect.stringMatching(flaw)]);
  });

  test("a kind with flaws is no CRD", () => {
    expect(() => crdOf(kindWith(z.object({ a: z.string() })))).toThrow(/Sample\.spec\.a: a string without a bound/);
  });
});
