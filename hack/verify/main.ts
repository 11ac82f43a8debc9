import { join } from "node:path";
import { generatedFiles, generatedFolders } from "../generate/files.ts";
import { differences } from "../generate/tree.ts";

const root = join(import.meta.dirname, "../..");
const found = await differences(root, generatedFiles(), generatedFolders);
for (const { path, state, line } of found) {
  console.error(`${path}${line === undefined ? "" : `:${line}`}: ${state}`);
}
if (found.length > 0) {
  console.error(`${found.length} generated files are out of date: run \`make generate\` and commit the result.`);
  process.exitCode = 1;
}
