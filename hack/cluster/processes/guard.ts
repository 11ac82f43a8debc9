import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { signalGroup } from "./identity.ts";

/**
 * Turns itself into the program, and leaves behind a reader of descriptor 3 in the same process group. The other end
 * of descriptor 3 is held by our process alone, so when that ends, in whatever way, the reader sees the end of the
 * file and kills the group. The word `keep` dismisses the reader.
 *
 * Descriptor 4, if there is one, is the witness: a pipe that every reader below a witnessed program holds open until
 * it has killed its group. When it ends, so has everything that the program has started under guard. The witnessed
 * program keeps it, to hand it on; the others close it.
 */
const guard = '{ read -r order <&3 && [ "$order" = keep ] || kill -s KILL -- -$$; } </dev/null >/dev/null 2>&1 &';
const scripts = { witnessed: `${guard} exec "$@" 3<&-`, plain: `${guard} exec "$@" 3<&- 4<&-` };
const witnessDescriptor = 4;
const witnessVariable = "FACEFLEET_GUARD_WITNESS";

export interface Exit {
  /** As a shell reports it: 128 + the number of the signal, if a signal ended the process. */
  code: number;
  signal?: NodeJS.Signals;
}

export interface GuardedProcess {
  readonly pid: number;
  /** Resolves when the program has ended and its whole process group with it. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Signals the program alone. */
  signal(signal: NodeJS.Signals): void;
  /** Ends the program and everything it started, at once. */
  kill(): Promise<Exit>;
  /** Lets the program outlive us. */
  keep(): Promise<void>;
}

export interface GuardedCommand {
  command: string[];
  environment: Record<string, string>;
  workingDirectory: string;
  /** The program starts programs under guard itself, which must be gone too before it counts as ended. */
  witnessed?: boolean;
  /** A file that standard output and standard error are appended to, or a receiver of both streams. */
  output: { file: string } | { streams: (stdout: Readable, stderr: Readable) => void };
}

/** Starts a program in a process group of its own that cannot outlive us unless it is kept. */
export async function startGuarded(options: GuardedCommand): Promise<GuardedProcess> {
  const file = "file" in options.output ? openSync(options.output.file, "a") : undefined;
  const { witnessed = false } = options;
  const child = spawn("/bin/sh", ["-c", witnessed ? scripts.witnessed : scripts.plain, "guard", ...options.command], {
    cwd: options.workingDirectory,
    env: { ...options.environment, ...(witnessed && { [witnessVariable]: "yes" }) },
    detached: true,
    stdio: ["ignore", file ?? "pipe", file ?? "pipe", "pipe", witnessed ? "pipe" : inheritedWitness()],
  });
  if (file !== undefined) closeSync(file);
  if (child.stdout && child.stderr && "streams" in options.output) options.output.streams(child.stdout, child.stderr);
  await started(child);
  return handleOf(child, child.pid!);
}

function handleOf(child: ChildProcess, pid: number): GuardedProcess {
  const order = child.stdio[3] as Writable;
  order.on("error", () => undefined); // the reader is gone when the program has ended
  const witness = child.stdio[witnessDescriptor] as Readable | null | undefined;
  const gone = witness ? endOf(witness) : Promise.resolve();
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => {
      signalGroup(pid, "SIGKILL");
      const exit = signal ? { code: 128 + constants.signals[signal], signal } : { code: code ?? 0 };
      gone.then(() => resolve(exit)).catch(() => undefined); // endOf never rejects
    });
  });
  return {
    pid,
    exited,
    signal(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    },
    async kill() {
      if (child.exitCode === null && child.signalCode === null) signalGroup(pid, "SIGKILL");
      return exited;
    },
    async keep() {
      await new Promise<void>((resolve) => order.write("keep\n", () => resolve()));
      order.destroy();
      witness?.destroy();
      child.unref();
    },
  };
}

/** Under a witnessed program every reader holds the witness open. */
function inheritedWitness(): number | "ignore" {
  return process.env[witnessVariable] === undefined ? "ignore" : witnessDescriptor;
}

async function endOf(stream: Readable): Promise<void> {
  await new Promise<void>((resolve) => stream.resume().once("close", () => resolve()));
}

async function started(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
}
