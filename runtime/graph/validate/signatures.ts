import { readFileSync } from "node:fs";
import type { attributeTypes } from "../codec/schema.ts";

/** The field of an attribute that holds its value. */
export type PayloadField = keyof typeof attributeTypes;

/** What one version of an operator takes and gives. */
export interface Signature {
  /** The version of the operator set that brought it. */
  readonly since: number;
  readonly deprecated: boolean;
  readonly inputs: Range;
  readonly outputs: Range;
  readonly attributes: ReadonlyMap<string, { readonly field: PayloadField; readonly required: boolean }>;
}

interface Range {
  readonly least: number;
  readonly most: number;
}

/** The table that oracle/operators.py writes, and says how, from the schemas of Python's `onnx`. */
const table = JSON.parse(readFileSync(new URL("operators.json", import.meta.url), "utf8")) as {
  readonly newest: Readonly<Record<string, number>>;
  readonly operators: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
};

const versions: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> = new Map(
  Object.entries(table.operators).map(([domain, operators]) => [domain, new Map(Object.entries(operators))]),
);

const newest: ReadonlyMap<string, number> = new Map(Object.entries(table.newest));

/** The newest version of a domain that the table has; undefined for a domain that it lacks. */
export const newestVersion = (domain: string): number | undefined => newest.get(domain);

const parsed = new Map<string, readonly Signature[]>();

/** All versions of an operator, the oldest first; undefined for one that the table lacks. */
export function signaturesOf(domain: string, opType: string): readonly Signature[] | undefined {
  const lines = versions.get(domain)?.get(opType);
  if (lines === undefined) return undefined;
  const key = `${domain}:${opType}`;
  const known = parsed.get(key) ?? lines.map(parse);
  parsed.set(key, known);
  return known;
}

function parse(line: string): Signature {
  const [since = "", inputs = "0", , outputs = "0", ...attributes] = line.split(" ");
  if (inputs === "deprecated")
    return { since: Number(since), deprecated: true, inputs: none, outputs: none, attributes: new Map() };
  return {
    since: Number(since),
    deprecated: false,
    inputs: range(inputs),
    outputs: range(outputs),
    attributes: new Map(attributes.map(parseAttribute)),
  };
}

const none: Range = { least: 0, most: 0 };

function range(text: string): Range {
  const [least = "", most = least] = text.split("-");
  return { least: Number(least), most: most === "" ? Infinity : Number(most) };
}

function parseAttribute(text: string): [string, { field: PayloadField; required: boolean }] {
  const [name = "", type = ""] = text.split(":");
  const required = type.endsWith("!");
  return [name, { field: (required ? type.slice(0, -1) : type) as PayloadField, required }];
}
