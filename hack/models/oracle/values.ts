import { readFileSync } from "node:fs";
import type { NetworkName } from "../networks.ts";

/** Sides of the test picture that each network is checked with, in pixels. */
export const sides: Readonly<Record<NetworkName, number>> = {
  "tiny-face-detector": 224,
  "face-landmarks": 112,
  "face-expression": 112,
  "face-recognition": 150,
};

/** Where write-values.ts puts what it finds. */
export const valuesFile = new URL("values.json", import.meta.url);

/** What the package's JavaScript said of the test picture when write-values.ts last ran, and the versions then. */
export const readValues = (): {
  readonly versions: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<NetworkName, readonly number[]>>;
} => JSON.parse(readFileSync(valuesFile, "utf8")) as ReturnType<typeof readValues>;
