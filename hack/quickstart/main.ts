import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { endKeptCluster } from "../cluster/cluster.ts";
import { interruption, runCommand } from "../command.ts";
import { judgeEvents } from "./accuracy.ts";
import { type Target, targets, unleash } from "./chaos.ts";
import { claim } from "./claim.ts";
import { countAll } from "./counters.ts";
import { describeReport, type StepResult, sumUp, writeReport } from "./report.ts";
import { openScreen, type Screen } from "./screen.ts";
import { clusterFolder, reportFile, setStage, type Stage } from "./stage.ts";
import { quietFor, type Step, story } from "./story.ts";
import type { ClusterEvent } from "./world.ts";

interface Options {
  keep?: boolean;
  chaos?: Target;
  settle?: number;
}

/** Plays one step; a step that throws is one that did not go as expected. */
async function playStep(step: Step, stage: Stage, signal: AbortSignal): Promise<StepResult> {
  const start = performance.now();
  const { name, expected } = step;
  const outcome = await step.play(stage, signal).catch((error: unknown) => {
    if (signal.aborted) throw error;
    return { ok: false, observed: (error as Error).message };
  });
  return { name, expected, ...outcome, seconds: Number(((performance.now() - start) / 1000).toFixed(1)) };
}

/** Seconds that the closing Event of a step is waited for. */
const patience = 5;

/** Waits for the closing Event of a step; one that the operator was killed before it told never comes. */
async function hear({ closing }: Step, { view }: Stage, begun: number, signal: AbortSignal): Promise<void> {
  if (closing === undefined) return;
  const isIt = ({ reason, eventTime = "" }: ClusterEvent) => reason === closing && Date.parse(eventTime) >= begun;
  const look = () => (view.events.cache.list().some(isIt) ? true : undefined);
  await view.until(`the Event ${closing}`, patience, look, signal).catch(() => signal.throwIfAborted());
}

/** Plays the story until a step does not go as expected: the next one would begin from nowhere. */
async function playAll(
  steps: readonly Step[],
  stage: Stage,
  screen: Screen,
  signal: AbortSignal,
  chaos: Target | undefined,
): Promise<StepResult[]> {
  await using _chaos = chaos && unleash(stage, chaos, (line) => screen.say(line));
  const results: StepResult[] = [];
  for (const step of steps) {
    screen.say(`\n${step.name}`);
    const begun = Date.now();
    results.push(await playStep(step, stage, signal));
    await hear(step, stage, begun, signal);
    screen.catchUp();
    if (!results.at(-1)!.ok) break;
  }
  return results;
}

async function play(screen: Screen, signal: AbortSignal, { keep, chaos, settle }: Options): Promise<boolean> {
  const start = performance.now();
  const directory = clusterFolder();
  await using _claim = await claim(dirname(directory));
  await rm(reportFile(), { force: true });
  await endKeptCluster(directory);
  await rm(directory, { recursive: true, force: true });
  const stage = await setStage({ directory, onProgress: (line) => screen.say(line), signal });
  await using _stage = stage;
  screen.show(stage);
  await using counting = countAll(stage.view);
  const steps = settle === undefined ? story : [...story, quietFor(settle)];
  const results = await playAll(steps, stage, screen, signal, chaos);
  const { counters, silent } = await counting.total(30, signal);
  if (silent.length > 0) screen.say(`no metrics from ${silent.join(", ")}`);
  const report = sumUp(
    results,
    counters,
    judgeEvents(stage.hub.events, stage.cameras),
    (performance.now() - start) / 1000,
  );
  report.ok &&= results.length === steps.length && silent.length === 0;
  await writeReport(reportFile(), report);
  screen[Symbol.dispose]();
  process.stdout.write(`${describeReport(report)}\n`);
  if (keep) await holdOpen(stage, signal);
  return report.ok;
}

/** Cameras, pictures and the receiver of events live in this process: keeping is staying. */
async function holdOpen({ cluster }: Stage, signal: AbortSignal): Promise<void> {
  process.stdout.write(`\nexport KUBECONFIG=${cluster.adminKubeconfig}\nCtrl-C ends it.\n`);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("Give a whole number of seconds, at least 1.");
  return value;
}

const signal = interruption();
const program = new Command("quickstart")
  .description("Plays promotion, rollback and recovery on a local cluster of simulated Orin nodes.")
  .option("--keep", "leave it running at the end, for kubectl; Ctrl-C ends it")
  .addOption(
    new Option("--chaos <target>", "kill this over and over while the story is played").choices(Object.keys(targets)),
  )
  .option(
    "--settle <seconds>",
    "then count what the operator writes while nothing happens: it should be nothing",
    seconds,
  )
  .action(async (options: Options) => {
    using screen = openScreen(process.stdout);
    process.exitCode = (await play(screen, signal, options)) ? 0 : 1;
  });
await runCommand(program, signal);
