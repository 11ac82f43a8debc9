import { readFileSync } from "node:fs";
import type { TensorType } from "../../type.ts";

/** What onnx.shape_inference says of each output of a case, or why it refuses it. */
export type Expected = readonly (string | null)[] | { readonly error: string };

/** The committed answers of operators.py, by the name of the case. */
export function readExpected(): Readonly<Record<string, Expected>> {
  const text = readFileSync(new URL("operators.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { cases: Record<string, Expected> }).cases;
}

/** A type in the script's words: "float32[2,N,?]". */
export const described = (known: TensorType | undefined): string | null =>
  known === undefined ? null : known.dims === undefined ? known.type : `${known.type}[${known.dims.join(",")}]`;

/**
 * Whether a type says all that the oracle says. It may say more: onnx gives up on sizes that are not a number or one
 * name of the model, and calls what it gives up on "?" or "unk__1".
 */
export function saysAll(ours: TensorType | undefined, theirs: string | null): boolean {
  if (theirs === null) return true;
  const [, type, list] = /^(\w+)(?:\[(.*)\])?$/.exec(theirs)!;
  if (ours === undefined || ours.type !== type) return false;
  if (list === undefined) return true;
  const sizes = list === "" ? [] : list.split(",");
  return (
    ours.dims?.length === sizes.length &&
    sizes.every((size, axis) => size === "?" || size.startsWith("unk__") || String(ours.dims![axis]) === size)
  );
}
