import { writeAtomically } from "../atomic-write.ts";
import { networks, type NetworkName } from "../networks.ts";
import { loadOracle } from "./face-api.ts";
import { testPicture } from "./picture.ts";
import { sides, valuesFile } from "./values.ts";

/** Writes values.json anew from the JavaScript of the installed package: every output as
 * little-endian float32 in base64. */
export async function writeValues(): Promise<void> {
  const oracle = await loadOracle();
  const outputs: Record<string, string> = {};
  for (const name of Object.keys(networks) as NetworkName[]) {
    const values = await oracle.run(name, testPicture(sides[name]), sides[name]);
    outputs[name] = Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
  }
  await writeAtomically(valuesFile, [
    Buffer.from(`${JSON.stringify({ versions: oracle.versions, outputs }, undefined, 2)}\n`),
  ]);
}
