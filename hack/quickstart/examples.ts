import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";
import type { DesiredObject } from "../../operator/kit/object.ts";

const folder = new URL("../../examples/quickstart/", import.meta.url);

/** Files of the example, in the order in which a user would apply them. */
export const exampleFiles = ["datasets.yaml", "gallery.yaml", "cameras.yaml", "facemodel.yaml"] as const;
export type ExampleFile = (typeof exampleFiles)[number];

/** What stands for `${NAME}` in the files. */
export type Variables = Readonly<Record<string, string>>;

/**
 * The objects of a file with its variables filled in, as Flux does (postBuild.substitute).
 * @throws Error naming a variable that has no value, and the file.
 */
export async function readExample(
  file: ExampleFile,
  variables: Variables,
  namespace: string,
): Promise<DesiredObject[]> {
  const text = await readFile(fileURLToPath(new URL(file, folder)), "utf8");
  const filled = text.replaceAll(/^(?!\s*#)(.*)$/gm, (line) => fill(line, variables, file));
  return parseAllDocuments(filled).map((document) => {
    const object = document.toJS() as DesiredObject;
    return { ...object, metadata: { ...object.metadata, namespace } };
  });
}

function fill(line: string, variables: Variables, file: string): string {
  return line.replaceAll(/\$\{([A-Z_0-9]+)\}/g, (_, name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`examples/quickstart/${file}: variable ${name} has no value`);
    return value;
  });
}
