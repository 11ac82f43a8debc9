import { UsageError } from "../cluster/errors.ts";

/** One step of a Dockerfile, as far as ours has them. */
export type Instruction =
  | { readonly type: "FROM"; readonly image: string; readonly name?: string }
  | { readonly type: "WORKDIR"; readonly path: string }
  | { readonly type: "ENV"; readonly values: Readonly<Record<string, string>> }
  /** `from` names a stage; without it files come from the build's context. */
  | { readonly type: "COPY"; readonly from?: string; readonly sources: readonly string[]; readonly target: string }
  | { readonly type: "RUN"; readonly script: string }
  | { readonly type: "USER"; readonly user: string }
  | { readonly type: "ENTRYPOINT" | "CMD"; readonly words: readonly string[] };

const readers: Readonly<Record<string, (rest: string) => Instruction | undefined>> = {
  // A default of a name that only FROM uses here, whose image is not pulled.
  ARG: () => undefined,
  FROM: (rest) => {
    const [image = "", , name] = rest.split(/\s+/);
    return { type: "FROM", image, ...(name !== undefined && { name }) };
  },
  WORKDIR: (path) => ({ type: "WORKDIR", path }),
  ENV: (rest) => {
    const pairs = rest.split(/\s+/).map((pair) => pair.split("=", 2) as [string, string]);
    return { type: "ENV", values: Object.fromEntries(pairs) };
  },
  COPY: (rest) => {
    const words = rest.split(/\s+/);
    const from = words[0]?.startsWith("--from=") ? words.shift()!.slice("--from=".length) : undefined;
    return { type: "COPY", ...(from !== undefined && { from }), sources: words.slice(0, -1), target: words.at(-1)! };
  },
  RUN: (script) => ({ type: "RUN", script }),
  USER: (user) => ({ type: "USER", user }),
  ENTRYPOINT: (rest) => ({ type: "ENTRYPOINT", words: JSON.parse(rest) as string[] }),
  CMD: (rest) => ({ type: "CMD", words: JSON.parse(rest) as string[] }),
};

/**
 * Reads the instructions of a Dockerfile, in their order.
 * @throws UsageError for one that is not understood here, rather than leave it out.
 */
export function parseDockerfile(text: string): Instruction[] {
  const lines = text
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"))
    .join("\n")
    .replaceAll(/\\\n/g, " ")
    .split("\n");
  return lines.flatMap((line) => {
    const [, name, rest] = /^\s*(\w+)\s+(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) return [];
    const read = readers[name.toUpperCase()];
    if (read === undefined) throw new UsageError(`Dockerfile: ${name} is not replayed: teach hack/image to`);
    return read(rest!) ?? [];
  });
}
