import type { CaseResult } from "./runner.ts";

/** How cases ended, counted; findings of one kind once. */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly #known = new Set<string>();
  #cases = 0;

  /** Findings that differ. */
  get findings(): number {
    return this.#known.size;
  }

  /** Counts a case; whether it is a finding that was not met before. */
  add(result: CaseResult): boolean {
    this.#cases++;
    const name = result.kind === "refused" ? `refused by ${result.by}` : result.kind;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    const key = keyOf(result);
    if (key === undefined || this.#known.has(key)) return false;
    this.#known.add(key);
    return true;
  }

  describe(): string {
    const counts = [...this.#counts].toSorted().map(([name, count]) => `${count} ${name}`);
    return `${this.#cases} cases: ${counts.join(", ")}; ${this.findings} findings`;
  }
}

/** What tells one finding from another: where the error was thrown, not what its message says of this file. */
function keyOf(result: CaseResult): string | undefined {
  if (result.kind === "exceeded") return result.what;
  if (result.kind !== "found") return undefined;
  const places = result.problem.split("\n").filter((line) => line.trimStart().startsWith("at "));
  return [result.stage, ...places.slice(0, 2)].join("\n");
}
