import { Command } from "commander";
import { interruption, runCommand } from "../command.ts";
import { buildModels, type BuildProgress } from "./build-models.ts";
import { writeValues } from "./oracle/write-values.ts";

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1).padStart(5)} MB`;

const print = ({ name, model, done, total }: BuildProgress): void => {
  console.log(`${done}/${total}  ${name.padEnd(26)} ${megabytes(model.bytes)}  ${model.digest}  ${model.path}`);
};

const signal = interruption();

const program = new Command("models").description("Pretrained face networks as ONNX.");

program
  .command("build", { isDefault: true })
  .description("write the networks and their variants, and print each file's digest, size and path")
  .option("--directory <folder>", "where the files go; default: a folder of FaceFleet's cache")
  .action(async ({ directory }: { directory?: string }) => {
    await buildModels({ directory, signal, onProgress: print });
  });

program
  .command("oracle")
  .description("ask the package's own JavaScript again for the numbers that the tests compare with")
  .action(writeValues);

await runCommand(program, signal);
