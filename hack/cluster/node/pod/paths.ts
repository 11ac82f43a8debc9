/** Where a path within a container lies on this machine. */
export interface PathMapping {
  containerPath: string;
  realPath: string;
}

/**
 * Rewrites the container paths that a text names, longest first, since a process node has no mount namespace. A path
 * counts where it begins the text or follows what no path contains (space, quote, `=`, `:`, `,`, `;`, a redirection
 * or a bracket) or `file://`, and where it ends the text or its last segment.
 */
export function rewritePaths(text: string, mappings: readonly PathMapping[]): string {
  const useful = mappings.filter(({ containerPath }) => containerPath !== "/" && containerPath !== "");
  if (useful.length === 0) return text;
  const byPath = new Map(useful.map((each) => [withoutTrailingSlash(each.containerPath), each.realPath]));
  const longestFirst = [...byPath.keys()].sort((a, b) => b.length - a.length);
  const alternatives = longestFirst.map(escapeForRegExp).join("|");
  const pattern = new RegExp(`(^|[\\s"'\`=:,;<>|&(){}\\[\\]]|file://)(${alternatives})(?![\\w.-])`, "g");
  return text.replace(pattern, (_, before: string, path: string) => before + byPath.get(path)!);
}

function withoutTrailingSlash(path: string): string {
  return path.replace(/\/+$/, "");
}

function escapeForRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
