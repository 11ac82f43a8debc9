import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EngineError } from "./errors.ts";

/** Where an artifact's bytes come from. */
export type ArtifactSource =
  { readonly type: "http"; readonly url: URL } | { readonly type: "file"; readonly path: string };

const supported = "this version pulls from https://, http:// and file:///";

const schemes: Readonly<Record<string, (uri: string, importFolder: string) => Promise<ArtifactSource>>> = {
  "http:": (uri) => Promise.resolve({ type: "http", url: new URL(uri) }),
  "https:": (uri) => Promise.resolve({ type: "http", url: new URL(uri) }),
  "file:": findFile,
};

/**
 * Resolves a uri: file:///x is `x` in the store's import folder, or else the node's own absolute path /x.
 * @throws EngineError SourceUnsupported for other schemes, ArtifactMissing for a file that is in neither place.
 */
export async function resolveSource(uri: string, importFolder: string): Promise<ArtifactSource> {
  const scheme = /^[a-z]+:/.exec(uri)?.[0] ?? "";
  const resolve = schemes[scheme];
  if (resolve === undefined || !URL.canParse(uri)) {
    throw new EngineError("SourceUnsupported", `source.uri ${uri} cannot be pulled: ${supported}`);
  }
  return resolve(uri, importFolder);
}

async function findFile(uri: string, importFolder: string): Promise<ArtifactSource> {
  const path = fileURLToPath(uri);
  const imported = join(importFolder, path);
  for (const candidate of [imported, path]) {
    if (await exists(candidate)) return { type: "file", path: candidate };
  }
  throw new EngineError(
    "ArtifactMissing",
    `source.uri ${uri}: there is neither ${imported} nor ${path} on the node: put the file there or use https://`,
  );
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
