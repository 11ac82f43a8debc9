import { stat } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import { evaluateEngines } from "../build/evaluate-engines.ts";
import { BadFlag } from "../../operator/kit/flags.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { readImageFolder } from "../dataset/image-folder.ts";
import { openDataset } from "../dataset/open-dataset.ts";
import { openStore } from "../engine/store.ts";
import type { Evaluation } from "../gate/result.ts";
import { readSubcommand } from "../subcommand.ts";
import { describeEvaluation, printTable } from "./table.ts";

interface EvaluateFlags {
  engine: string;
  champion?: string;
  dataset: string;
  digest?: string;
  store?: string;
  falseAcceptRate: number;
  threads: number;
  json?: boolean;
}

/**
 * `evaluate`: shows a labelled set to engines and prints every metric of the offline gate, for the person who is about to
 * write a gate or wonders why one failed. Nothing is judged and nothing is changed.
 *
 * @returns exit code 0.
 * @throws BadFlag; whatever keeps it from measuring.
 */
export async function evaluate(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const flags = parseFlags(argv);
  if (flags === "help") return 0;
  const dataset = await findDataset(flags, signal);
  const candidate = await run(flags.engine, dataset, flags, signal);
  const champion = flags.champion === undefined ? undefined : await run(flags.champion, dataset, flags, signal);
  const rows = describeEvaluation(candidate, champion, flags);
  process.stdout.write(flags.json === true ? `${JSON.stringify(rows, undefined, 2)}\n` : printTable(rows));
  return 0;
}

function parseFlags(argv: readonly string[]): EvaluateFlags | "help" {
  const command = new Command("evaluate")
    .description("Prints the metrics of the offline gate for built engines.")
    .requiredOption("--engine <folder>", "engine directory: engines/<key> in a node's store")
    .option("--champion <folder>", "engine directory to compare with on the same pictures")
    .requiredOption("--dataset <folder or uri>", "an image folder, or the uri of one as a tar archive")
    .option("--digest <sha256:...>", "hash of the archive, when --dataset is a uri")
    .option("--store <folder>", "store that an archive is unpacked into, when --dataset is a uri")
    .option("--false-accept-rate <rate>", "where TrueAcceptRate is measured", parseRate, 0.01)
    .option("--threads <number>", "threads of one inference", Number, 1)
    .option("--json", "print JSON instead of a table");
  return readSubcommand(command, argv) ? command.opts<EvaluateFlags>() : "help";
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (rate > 0 && rate < 1) return rate;
  throw new InvalidArgumentError("must be a rate above 0 and below 1, such as 0.01");
}

async function findDataset({ dataset, digest, store }: EvaluateFlags, signal: AbortSignal): Promise<Dataset> {
  const found = await stat(dataset).catch(() => undefined);
  if (found?.isDirectory() === true) return readImageFolder(dataset);
  if (!/^[a-z]+:\/\//.test(dataset)) throw new BadFlag(`--dataset ${dataset} is neither a folder nor a uri`);
  if (digest === undefined || store === undefined) {
    throw new BadFlag(`--dataset ${dataset} is a uri: give --digest, and --store to unpack it into`);
  }
  const resolved = { name: "dataset", source: { uri: dataset, digest }, format: "ImageFolder" } as const;
  return openDataset(await openStore(store), resolved, { signal });
}

function run(engine: string, dataset: Dataset, { threads }: EvaluateFlags, signal: AbortSignal): Promise<Evaluation> {
  const total = dataset.pictures.length;
  const onPicture = (done: number) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done}/${total} pictures${done === total ? "\n" : ""}`);
  };
  return evaluateEngines(engine, dataset, { threads, signal, onPicture });
}
