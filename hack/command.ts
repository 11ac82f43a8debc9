import type { Command } from "commander";
import { messageOf } from "./cluster/errors.ts";

/**
 * A signal that the first SIGINT or SIGTERM aborts; the second one ends the process. The listeners stay: without one,
 * what ends child processes with us would end us before we have tidied up.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => (controller.signal.aborted ? process.exit(130) : controller.abort()));
  return controller.signal;
}

/**
 * Does what the arguments ask for. The exit code is 130 when it was interrupted, 1 when it failed, with the reason on
 * stderr, and else what the command has set.
 *
 * @param signal the interruption, of a command that heeds it.
 */
export async function runCommand(program: Command, signal?: AbortSignal): Promise<void> {
  try {
    await program.parseAsync();
  } catch (error) {
    const isInterrupted = signal?.aborted ?? false;
    process.stderr.write(`${program.name()}: ${isInterrupted ? "interrupted" : messageOf(error)}\n`);
    process.exitCode = isInterrupted ? 130 : 1;
  }
}
