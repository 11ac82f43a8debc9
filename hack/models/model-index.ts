import { createHash } from "node:crypto";
import { glob, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { z } from "zod";
import { digestOf, writeAtomically, type Digest } from "./atomic-write.ts";

const Index = z.object({
  sources: z.string(),
  digests: z.record(z.string(), z.templateLiteral(["sha256:", z.string().regex(/^[0-9a-f]{64}$/)])),
});

/** Digests by the name of the model; a name that is absent is not known. */
export type Digests = Readonly<Partial<Record<string, Digest>>>;

/** What the models of a folder were made from, and their digests, as written when they were all there. */
export async function readIndex(folder: string, sources: string): Promise<Digests> {
  try {
    const index = Index.parse(JSON.parse(await readFile(join(folder, "index.json"), "utf8")));
    return index.sources === sources ? index.digests : {};
  } catch {
    // No index, or one cut off by a crash of the machine: everything is made anew.
    return {};
  }
}

/** Writes the index, the last file of a folder of models. */
export async function writeIndex(folder: string, sources: string, digests: Digests): Promise<void> {
  const text = `${JSON.stringify({ sources, digests }, undefined, 2)}\n`;
  await writeAtomically(join(folder, "index.json"), [Buffer.from(text)]);
}

/** The digest of a file; undefined if it is not there. */
export async function digestOfFile(
  path: string,
): Promise<{ readonly digest: Digest; readonly bytes: number } | undefined> {
  try {
    const content = await readFile(path);
    return { digest: digestOf([content]), bytes: content.length };
  } catch {
    return undefined;
  }
}

/** A hash of all that the models' bytes depend on: the code that makes them and the version of the weights. */
export async function hashOfSources(): Promise<string> {
  const { version } = createRequire(import.meta.url)("@vladmandic/face-api/package.json") as { version: string };
  const hash = createHash("sha256").update(version);
  const root = join(import.meta.dirname, "../..");
  const files = await Array.fromAsync(
    glob(["hack/models/*.ts", "hack/models/variants/*.ts", "runtime/graph/*.ts"], { cwd: root }),
  );
  for (const file of files.filter((file) => !file.endsWith(".test.ts")).sort())
    hash.update(`\0${file}\0`).update(await readFile(join(root, file)));
  return hash.digest("hex");
}
