import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Container } from "../../api/wire.ts";
import { type Exit, type GuardedProcess, startGuarded } from "../../processes/guard.ts";
import { findExecutable, type Launch, terminationLog } from "./launch.ts";
import { ContainerLog, logTail } from "./log.ts";
import { runCheck } from "./probe.ts";

const longestTerminationMessage = 4096;
/** A process that left its group may hold the log open for ever; it is not waited for longer. */
const lastWordsMilliseconds = 2_000;

/** The command of a container could not be started at all. */
export class StartError extends Error {
  override name = "StartError";
}

/** One run of a container's command. */
export interface ContainerRun {
  readonly exited: Promise<Exit>;
  readonly log: ContainerLog;
  /** Runs the preStop hook, asks the command to end, and ends it by force when the time is up. */
  end(graceSeconds: number): Promise<void>;
  /** Ends the command and all it started at once. */
  kill(): void;
  /** What the command left as its last words. Only once it has ended. */
  lastWords(exitCode: number): Promise<string | undefined>;
}

export interface ContainerRunOptions {
  container: Container;
  podIP: string;
  launch: Launch;
  /** The container's own folder. */
  directory: string;
  logPath: string;
  maximumLogBytes: number;
}

/** @throws StartError if there is no such program. */
export async function startContainer(options: ContainerRunOptions): Promise<ContainerRun> {
  const { launch, directory, container } = options;
  await rm(join(directory, "tmp"), { recursive: true, force: true });
  await mkdir(join(directory, "tmp"), { recursive: true });
  await writeFile(terminationLog(directory), "");
  const log = new ContainerLog(options.logPath, options.maximumLogBytes);
  const child = await startCommand(launch, log);
  return {
    exited: child.exited.then(async (exit) => {
      await Promise.race([log.ended(), delay(lastWordsMilliseconds)]);
      return exit;
    }),
    log,
    end: (graceSeconds) => endGracefully(child, options, graceSeconds),
    kill: () => {
      child.kill().catch(() => undefined);
    },
    lastWords: (exitCode) => lastWords(container, directory, log, exitCode),
  };
}

async function startCommand(launch: Launch, log: ContainerLog): Promise<GuardedProcess> {
  const program = await findExecutable(launch);
  if (program === undefined) {
    throw new StartError(`exec: "${launch.command[0] ?? ""}": executable file not found in $PATH`);
  }
  return startGuarded({
    command: [program, ...launch.command.slice(1)],
    environment: launch.environment,
    workingDirectory: launch.workingDirectory,
    output: {
      streams: (stdout, stderr) => {
        log.attach("stdout", stdout);
        log.attach("stderr", stderr);
      },
    },
  });
}

/** The hook counts against the grace period, as it does for a kubelet. */
async function endGracefully(child: GuardedProcess, options: ContainerRunOptions, graceSeconds: number): Promise<void> {
  const deadline = performance.now() + graceSeconds * 1000;
  const remaining = () => Math.max(0, deadline - performance.now());
  const hook = options.container.lifecycle?.preStop;
  if (hook && graceSeconds > 0) {
    const done = hook.sleep ? delay(hook.sleep.seconds * 1000) : runCheck(hook, options, remaining());
    await Promise.race([done, child.exited, delay(remaining())]);
  }
  child.signal("SIGTERM");
  const expired = new AbortController();
  await Promise.race([child.exited, delay(remaining(), undefined, { signal: expired.signal })]).finally(() =>
    expired.abort(),
  );
  await child.kill();
}

async function lastWords(container: Container, directory: string, log: ContainerLog, exitCode: number) {
  const written = await readFile(terminationLog(directory)).catch(() => Buffer.alloc(0));
  if (written.length > 0) return written.subarray(0, longestTerminationMessage).toString("utf8");
  const fallsBack = container.terminationMessagePolicy === "FallbackToLogsOnError" && exitCode !== 0;
  return fallsBack ? logTail(log.path) : undefined;
}
