import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NetworkName } from "../networks.ts";

/** Sides of the test picture that each network is checked with, in pixels. */
export const sides: Readonly<Record<NetworkName, number>> = {
  "tiny-face-detector": 224,
  "face-landmarks": 112,
  "face-expression": 112,
  "face-recognition": 150,
};

/** Where `node hack/models/main.ts oracle` puts what it finds. */
export const valuesFile = join(import.meta.dirname, "values.json");

interface Values {
  readonly versions: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<NetworkName, string>>;
}

/** The versions of the package's parts when its JavaScript was last asked. */
export const versionsThen = (): Values["versions"] => read().versions;

/** What the package's JavaScript said of the test picture then. */
export function outputThen(network: NetworkName): Float32Array {
  const bytes = new Uint8Array(Buffer.from(read().outputs[network], "base64"));
  return new Float32Array(bytes.buffer);
}

const read = (): Values => JSON.parse(readFileSync(valuesFile, "utf8")) as Values;
