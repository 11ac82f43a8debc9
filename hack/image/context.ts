import { matchesGlob } from "node:path";

/** The patterns of a .dockerignore. */
export function parseIgnore(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/**
 * Whether a file is sent to the build. A pattern takes a file or a folder with all that is in it, one that begins with
 * `!` brings it back, and the last that matches decides. Source: Docker, "Build context", .dockerignore files.
 */
export function isSent(path: string, patterns: readonly string[]): boolean {
  const parts = path.split("/");
  const itself = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  const last = patterns.findLast((pattern) => itself.some((each) => matchesGlob(each, globOf(pattern))));
  return last === undefined || last.startsWith("!");
}

/** The glob of a pattern, whose stars take names that begin with a dot as well. */
function globOf(pattern: string): string {
  return pattern.replace(/^!/, "").replaceAll(/(^|\/)\*(?!\*)/g, "$1{*,.*}");
}
