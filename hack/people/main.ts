import { Command } from "commander";
import { contactSheetCommand } from "./command/contact-sheet.ts";
import { datasetCommand } from "./command/dataset.ts";
import { judgeCommand } from "./command/judge.ts";
import { sceneCommand } from "./command/scene.ts";
import { serveCommand } from "./command/serve.ts";

const interruption = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interruption.abort());

const program = new Command("people")
  .description("Draws people: faces, scenes before cameras, labelled sets.")
  .addCommand(contactSheetCommand())
  .addCommand(sceneCommand(interruption.signal))
  .addCommand(datasetCommand(interruption.signal))
  .addCommand(serveCommand(interruption.signal))
  .addCommand(judgeCommand(interruption.signal));

try {
  await program.parseAsync();
} catch (error) {
  if (!interruption.signal.aborted)
    process.stderr.write(`failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = interruption.signal.aborted ? 130 : 1;
}
