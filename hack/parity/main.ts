import { join } from "node:path";
import { Command } from "commander";
import { buildModels } from "../models/build-models.ts";
import { writeAtomically } from "../models/atomic-write.ts";
import { cacheDirectory } from "../cluster/cache.ts";
import { interruption, runCommand } from "../command.ts";
import { chooseTopics, findTopics, runCheck, type Topic } from "./checks.ts";
import type { Context } from "./context.ts";
import { fetchDetectors } from "./detectors.ts";
import { prepareEnvironment } from "./environment.ts";
import { exportNetworks } from "./models.ts";
import { openProgress, type Progress } from "./progress.ts";
import { runPython } from "./python.ts";
import type { Row } from "./row.ts";
import { describeRows } from "./table.ts";

const root = join(import.meta.dirname, "../..");

interface Flags {
  readonly only: readonly string[];
  readonly python?: string;
  readonly prepare?: true;
}

const signal = interruption();

const program = new Command("parity")
  .description("Compare the numeric core with PyTorch, onnx and ONNX Runtime; one table, and .bench/parity.json.")
  .option("--only <topic...>", "run these checks alone (files of hack/parity/checks)", [])
  .option("--prepare", "only install the oracles and export the networks")
  .option("--python <interpreter>", "what the virtual environment is made with; default: python3")
  .action(async (flags: Flags) => {
    using progress = openProgress(process.stderr);
    const topics = chooseTopics(await findTopics(join(import.meta.dirname, "checks")), flags.only);
    const context = await prepare(flags, progress, signal);
    if (flags.prepare) return;
    const rows = await compare(topics, context, progress);
    progress[Symbol.dispose]();
    console.log(describeRows(rows));
    await writeAtomically(join(root, ".bench", "parity.json"), [
      Buffer.from(`${JSON.stringify({ rows }, undefined, 2)}\n`),
    ]);
    if (rows.some(({ ok }) => !ok)) process.exitCode = 1;
  });

/** All that the checks share, made or found in the cache. */
async function prepare(flags: Flags, progress: Progress, signal: AbortSignal): Promise<Omit<Context, "scratch">> {
  const folder = join(cacheDirectory(), "oracles");
  const interpreter = await prepareEnvironment({
    folder,
    interpreter: flags.python,
    signal,
    progress: progress.of("oracles"),
  });
  const pythonFor =
    (part: string): Context["python"] =>
    (script, input) =>
      runPython(script, input, { interpreter, signal, progress: progress.of(part) });
  const networks = await exportNetworks({
    folder: join(folder, "models"),
    python: pythonFor("networks"),
    signal,
    progress: progress.of("networks"),
  });
  progress.tell("converting the face networks");
  const built = await buildModels({ signal });
  const faceModels = Object.entries(built).map(([name, { path }]) => ({ name, path }));
  const detectors = await fetchDetectors({
    folder: join(folder, "detectors"),
    interpreter,
    signal,
    progress: progress.of("detectors"),
  });
  return { ...networks, faceModels, detectors, signal, progress: progress.tell, python: pythonFor("python") };
}

async function compare(
  topics: readonly Topic[],
  context: Omit<Context, "scratch">,
  progress: Progress,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const topic of topics) {
    progress.tell(topic.topic);
    rows.push(...(await runCheck(topic, { ...context, progress: progress.of(topic.topic) })));
  }
  return rows;
}

await runCommand(program, signal);
