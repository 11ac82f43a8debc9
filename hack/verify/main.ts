import { join } from "node:path";
import { Command } from "commander";
import { runCommand } from "../command.ts";
import { generatedFiles, generatedFolders } from "../generate/files.ts";
import { differences } from "../generate/tree.ts";

const root = join(import.meta.dirname, "../..");

const program = new Command("verify")
  .description("Fails if `make generate` would change a file, and names each; changes nothing.")
  .action(async () => {
    const found = await differences(root, generatedFiles(), generatedFolders);
    for (const { path, state, line } of found) {
      console.error(`${path}${line === undefined ? "" : `:${line}`}: ${state}`);
    }
    if (found.length === 0) return;
    console.error(`${found.length} generated files are out of date: run \`make generate\` and commit the result.`);
    process.exitCode = 1;
  });
await runCommand(program);
