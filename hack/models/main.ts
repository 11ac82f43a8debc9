import { Command } from "commander";
import { buildModels, type BuildProgress } from "./build-models.ts";

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1).padStart(5)} MB`;

const print = ({ name, model, done, total }: BuildProgress): void => {
  console.log(`${done}/${total}  ${name.padEnd(26)} ${megabytes(model.bytes)}  ${model.digest}  ${model.path}`);
};

await new Command("models")
  .description("Writes the pretrained face networks and their variants as ONNX, and prints each file's digest.")
  .option("--directory <folder>", "where the files go; default: a folder of FaceFleet's cache")
  .action(async ({ directory }: { directory?: string }) => {
    const interrupted = new AbortController();
    process.once("SIGINT", () => interrupted.abort());
    try {
      await buildModels({ directory, signal: interrupted.signal, onProgress: print });
    } catch (error) {
      console.error(interrupted.signal.aborted ? "interrupted" : error);
      process.exitCode = 1;
    }
  })
  .parseAsync();
