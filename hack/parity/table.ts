import type { Row } from "./row.ts";

const columns = ["TOPIC", "WHAT", "OURS", "THEIRS", "BOUND", ""] as const;
const widest = 72;

/** Rows as text, a line each under a heading; long cells are cut, errors are below the table. */
export function describeRows(rows: readonly Row[]): string {
  const cells = [columns, ...rows.map(cellsOf)];
  const widths = columns.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  const table = cells.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
  const failures = rows.filter(({ ok }) => !ok);
  const ending =
    failures.length === 0
      ? `${rows.length} rows, all within their bounds.`
      : [
          `${failures.length} of ${rows.length} rows are out of bounds:`,
          ...failures.map(({ topic, name, ours }) => `  ${topic}: ${name}: ${ours}`),
        ].join("\n");
  return `${table.join("\n")}\n\n${ending}`;
}

const cellsOf = ({ topic, name, ours, theirs, bound, ok }: Row): readonly string[] =>
  [topic, name, figure(ours), figure(theirs), bound, ok ? "ok" : "OUT OF BOUNDS"].map(cut);

const cut = (cell: string): string => {
  const line = cell.split("\n", 1)[0]!;
  return line.length <= widest ? line : `${line.slice(0, widest - 3)}...`;
};

const figure = (value: number | string): string => (typeof value === "number" ? rounded(value) : value);

const rounded = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(6));
