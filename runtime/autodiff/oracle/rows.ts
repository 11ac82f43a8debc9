import { readFileSync } from "node:fs";

/** A tensor in the committed numbers. */
export interface Sample {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

/** What torch computed for one function (gradients.py). */
export interface OracleRow {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Sample>>;
  /** The gradient of what comes after, in the shape of the output. */
  readonly seed: readonly number[];
  readonly output: Sample;
  /** By input; null where torch has none. */
  readonly gradients: Readonly<Record<string, readonly number[] | null>>;
}

/** The rows of one kind of operator, by name. */
export function oracleRows(kind: string): ReadonlyMap<string, OracleRow> {
  const file = new URL(`gradients.${kind}.json`, import.meta.url);
  const { rows } = JSON.parse(readFileSync(file, "utf8")) as { readonly rows: readonly OracleRow[] };
  return new Map(rows.map((row) => [row.name, row]));
}
