import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import pino from "pino";
import { exitCodeOf } from "../../operator/kit/ending.ts";
import { formatBuildReport, type BuildReport } from "../../crds/buildreport.ts";
import { EngineError, isErrno } from "../engine/errors.ts";
import { openStore } from "../engine/store.ts";
import { AnalyzerFailed } from "../pipeline/analyzer.ts";
import { readSubcommand } from "../subcommand.ts";
import { logProgress } from "./progress.ts";
import { readRecipe } from "./recipe.ts";
import { runBuild, UnjudgedEngines } from "./run-build.ts";

interface BuildFlags {
  recipe: string;
  store: string;
  hostRoot: string;
  report: string;
  threads: number;
}

/**
 * `build`: builds and judges the engines of one revision, tells its steps on stdout as JSON lines, and leaves the
 * report where the kubelet takes the termination message from.
 *
 * @returns exit code: 0 when the engines were judged, whatever the verdict; 1 when they could not be; that of the signal
 * when it was ended before.
 * @throws BadFlag
 */
export async function build(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const flags = parseFlags(argv);
  if (flags === "help") return 0;
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const report = await judge(flags, logProgress(log), signal);
  await writeFile(flags.report, formatBuildReport(report));
  const { verdict, engineKey, message } = report;
  log[verdict === "Success" ? "info" : "error"]({ verdict, engineKey, reason: message }, "build ended");
  return verdict === "Error" ? exitCodeOf(undefined, signal) : 0;
}

function parseFlags(argv: readonly string[]): BuildFlags | "help" {
  const command = new Command("build")
    .description("Builds the engines of a revision on this node and holds them to the offline gate.")
    .requiredOption("--recipe <file>", "spec of an EngineBuild, as JSON")
    .requiredOption("--store <folder>", "the node's store")
    .option("--host-root <folder>", "folder below which the node's own files are found", "/")
    .option("--report <file>", "where the report is written to", "/dev/termination-log")
    .option("--threads <number>", "threads of one inference; the gate times what the runtime will run", Number, 1);
  return readSubcommand(command, argv) ? command.opts<BuildFlags>() : "help";
}

async function judge(
  flags: BuildFlags,
  progress: ReturnType<typeof logProgress>,
  signal: AbortSignal,
): Promise<BuildReport> {
  try {
    const { hostRoot, threads } = flags;
    const [spec, store] = [await readRecipe(flags.recipe), await openStore(flags.store)];
    return await runBuild({ spec, store, hostRoot, threads, progress, signal, now: () => new Date() });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      verdict: "Error",
      message: (signal.aborted ? "the build was stopped before it had ended" : message).slice(0, 1024),
      retryable: signal.aborted || isRetryable(error),
      ...(error instanceof UnjudgedEngines && { measurements: [...error.decision.measurements] }),
    };
  }
}

/** Whether the same build can end otherwise: the node's doing can, what was asked for cannot. */
function isRetryable(error: unknown): boolean {
  if (error instanceof EngineError) return error.retryable;
  return error instanceof AnalyzerFailed || isErrno(error);
}
