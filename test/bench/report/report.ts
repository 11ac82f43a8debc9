import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { meetsGoal, type Goal, type Row } from "./row.ts";

const folder = join(import.meta.dirname, "../../../.bench");

/**
 * Prints the rows of a bench as a table and writes them, with whether each meets its goal, to `.bench/<bench>.json`.
 * @param baseline what the rows are held against
 */
export async function report(bench: string, rows: readonly Row[], baseline = "baseline"): Promise<void> {
  console.log(tableOf(rows, baseline));
  await mkdir(folder, { recursive: true });
  const judged = rows.map((row) => ({ ...row, met: meetsGoal(row) ?? null }));
  await writeFile(join(folder, `${bench}.json`), `${JSON.stringify(judged, null, 2)}\n`);
}

/** Says what a bench is doing, and when. */
export const say = (line: string): void =>
  console.log(`${(performance.now() / 1000).toFixed(0).padStart(4)} s  ${line}`);

/** One line a row, after the names of the columns. */
export function tableOf(rows: readonly Row[], baseline: string): string {
  const table = [["", "ours", "unit", baseline, "ratio", "goal"], ...rows.map(cellsOf)];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((cells) => cells[column]!.length)));
  const aligned = (cell: string, column: number): string =>
    isText(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  return table.map((cells) => cells.map(aligned).join("  ").trimEnd()).join("\n");
}

/** Name, unit and goal; numbers stand to the right. */
const isText = (column: number): boolean => [0, 2, 5].includes(column);

function cellsOf(row: Row): string[] {
  const { name, value, unit, baseline, ratio, goal } = row;
  const cell = (figure: number | null): string => String(figure ?? "-");
  return [
    name,
    cell(value),
    unit,
    cell(baseline),
    cell(ratio),
    goal === null ? "" : describeGoal(goal, meetsGoal(row)),
  ];
}

function describeGoal({ of, least, most }: Goal, met: boolean | undefined): string {
  const bounds = [least === undefined ? [] : `>= ${least}`, most === undefined ? [] : `<= ${most}`].flat();
  const verdict = met === undefined ? "not measured" : met ? "met" : "missed";
  return `${of === "ratio" ? "ratio " : ""}${bounds.join(", ")} ${verdict}`;
}
