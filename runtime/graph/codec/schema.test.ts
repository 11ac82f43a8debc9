import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { messages, protoName, type Field } from "./schema.ts";

interface Declared {
  readonly number: number;
  readonly kind: string;
  readonly repeated: boolean;
  readonly packed: boolean;
}

/** Written by oracle/schema.py from the descriptors of Python's `onnx`. */
const oracle = JSON.parse(readFileSync(new URL("oracle/schema.json", import.meta.url), "utf8")) as {
  messages: Record<string, Record<string, Declared>>;
};

const kinds: Readonly<Record<string, string>> = {
  wideInt64: "int64",
  floats: "float",
  doubles: "double",
  int32s: "int32",
  int64s: "int64",
  uint64s: "uint64",
};

const declared = ({ number, kind, label }: Field): Declared => ({
  number,
  kind: kinds[kind] ?? kind,
  repeated: label !== "one",
  packed: label === "packed",
});

/** An enumeration travels as an int32, and the table says so. */
const asInt32 = (field: Declared): Declared => (field.kind === "enum" ? { ...field, kind: "int32" } : field);

test("the table has the messages of onnx.proto", () => {
  expect(Object.keys(messages).sort()).toEqual(Object.keys(oracle.messages).sort());
});

test.each(Object.entries(messages))("%s has the fields of onnx.proto", (name, fields) => {
  const ours = Object.entries(fields).map(([key, field]) => [protoName(key), declared(field)]);
  const theirs = Object.entries(oracle.messages[name]!).map(([key, field]) => [key, asInt32(field)]);
  expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
});
