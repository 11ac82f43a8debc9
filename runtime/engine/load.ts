import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { digestOf } from "./digest.ts";
import { EngineError, isErrno } from "./errors.ts";
import { Manifest, manifestFile } from "./manifest.ts";

/** An engine as a backend opens it: the very bytes that were verified, and where they lie. */
export interface VerifiedEngine {
  readonly network: string;
  readonly path: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

/**
 * The manifest of an engine directory.
 * @throws EngineError EngineMissing or EngineCorrupted
 */
async function readManifest(directory: string): Promise<Manifest> {
  const path = join(directory, manifestFile);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (!isErrno(error, "ENOENT", "ENOTDIR")) throw error;
    throw new EngineError("EngineMissing", `there are no engines in ${directory}: build them on this node first`);
  });
  const manifest = Manifest.safeParse(parseJson(text));
  if (manifest.success) return manifest.data;
  throw corrupted(path, z.prettifyError(manifest.error));
}

/**
 * Reads all engines of a directory and verifies each against the manifest: what is opened afterwards are the bytes that
 * were hashed, not a file that could have changed since.
 *
 * @throws EngineError EngineMissing or EngineCorrupted
 */
export async function loadEngines(directory: string): Promise<{ manifest: Manifest; engines: VerifiedEngine[] }> {
  const manifest = await readManifest(directory);
  const engines: VerifiedEngine[] = [];
  for (const { network, file, digest } of manifest.engines) {
    const path = join(directory, file);
    const content = await readFile(path).catch((error: unknown) => {
      if (!isErrno(error, "ENOENT")) throw error;
      throw corrupted(path, "it is missing");
    });
    const found = digestOf(content);
    if (found !== digest) throw corrupted(path, `it hashes to ${found}, not to ${digest} as when it was built`);
    engines.push({ network, path, content: new Uint8Array(content.buffer, content.byteOffset, content.byteLength) });
  }
  return { manifest, engines };
}

function corrupted(path: string, problem: string): EngineError {
  return new EngineError("EngineCorrupted", `engine file ${path} is not as it was built: ${problem}; build it again`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
