import { writeFile } from "node:fs/promises";
import { networks, type NetworkName } from "../networks.ts";
import { loadOracle } from "./face-api.ts";
import { testPicture } from "./picture.ts";
import { sides, valuesFile } from "./values.ts";

/** Writes values.json anew from the package's JavaScript: `node hack/models/oracle/write-values.ts`. */
const oracle = await loadOracle();
const outputs: Record<string, number[]> = {};
for (const name of Object.keys(networks) as NetworkName[]) {
  const values = await oracle.run(name, testPicture(sides[name]), sides[name]);
  outputs[name] = Array.from(values, (value) => Number(value.toPrecision(7)));
}
await writeFile(valuesFile, `${JSON.stringify({ versions: oracle.versions, outputs })}\n`);
