import { GraphError, type Place } from "../graph-error.ts";

/** @throws {GraphError} for a name that is empty, or that comes twice. */
export function checkUnique(names: readonly string[], place: Place): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (name === "") throw new GraphError("a name is empty", place);
    if (seen.has(name)) throw new GraphError(`${JSON.stringify(name)} comes twice`, place);
    seen.add(name);
  }
}
