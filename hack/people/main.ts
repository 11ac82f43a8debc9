import { Command } from "commander";
import { interruption, runCommand } from "../command.ts";
import { contactSheetCommand } from "./command/contact-sheet.ts";
import { datasetCommand } from "./command/dataset.ts";
import { judgeCommand } from "./command/judge.ts";
import { sceneCommand } from "./command/scene.ts";
import { serveCommand } from "./command/serve.ts";

const signal = interruption();

const program = new Command("people")
  .description("Draws people: faces, scenes before cameras, labelled sets.")
  .addCommand(contactSheetCommand())
  .addCommand(sceneCommand(signal))
  .addCommand(datasetCommand(signal))
  .addCommand(serveCommand(signal))
  .addCommand(judgeCommand(signal));

await runCommand(program, signal);
