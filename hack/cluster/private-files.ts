import { rename, writeFile } from "node:fs/promises";
import type { KeyPair } from "./certificates.ts";

/** Writes a file that only its owner may read. Whoever reads it at the same time sees the old content or the new. */
export async function writePrivate(path: string, content: string): Promise<void> {
  await writeFile(`${path}.draft`, content, { mode: 0o600 });
  await rename(`${path}.draft`, path);
}

/** Writes a certificate and its key to two files. */
export async function writeKeyPair(paths: KeyPair, keyPair: KeyPair): Promise<void> {
  await Promise.all([writePrivate(paths.certificate, keyPair.certificate), writePrivate(paths.key, keyPair.key)]);
}
