/**
 * Expands `$(NAME)` as Kubernetes does in commands, arguments and environment values: an unknown name stays as it
 * is written, and `$$` is a literal `$`, so that `$$(NAME)` gives `$(NAME)`.
 */
export function expandVariables(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$(?:\$|\(([^)]*)\))/g, (written, name: string | undefined) => {
    if (name === undefined) return "$";
    return variables.get(name) ?? written;
  });
}
