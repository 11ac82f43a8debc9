import { join } from "node:path";
import { Command } from "commander";
import { runCommand } from "../command.ts";
import { generatedFiles, generatedFolders } from "./files.ts";
import { settle } from "./tree.ts";

const root = join(import.meta.dirname, "../..");

const program = new Command("generate")
  .description(`Writes every generated file: ${generatedFolders.join(", ")}.`)
  .action(async () => {
    const changed = await settle(root, generatedFiles(), generatedFolders);
    for (const { path, state } of changed) console.log(`${state === "unexpected" ? "removed" : "wrote"} ${path}`);
    console.log(changed.length === 0 ? "All generated files are up to date." : `${changed.length} files changed.`);
  });
await runCommand(program);
