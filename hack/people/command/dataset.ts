import { Command } from "commander";
import { cacheDirectory } from "../../cluster/cache.ts";
import { type SetName, setNames, SETS } from "../dataset/sets.ts";
import { storeDataset } from "../dataset/store-dataset.ts";
import { oneOf, progressLine } from "./options.ts";

type Options = { cache: string };

export function datasetCommand(signal: AbortSignal): Command {
  return new Command("dataset")
    .description("draw and pack a labelled set of the quickstart, and print where it is and its digest")
    .argument("<set>", `one of ${setNames.join(", ")}`, oneOf(setNames))
    .option("--cache <folder>", "the cache", cacheDirectory())
    .action(async (name: SetName, { cache }: Options) => {
      const onProgress = ({ drawn, pictures }: { drawn: number; pictures: number }): void =>
        progressLine(`${name}: drew ${drawn} of ${pictures} pictures`, drawn === pictures);
      const stored = await storeDataset(SETS[name], { cache, signal, onProgress });
      process.stdout.write(`${JSON.stringify(stored, null, 2)}\n`);
    });
}
