import { CommanderError, type Command } from "commander";
import { exitCodeOf } from "../operator/kit/ending.ts";
import { terminationSignal } from "../operator/kit/termination.ts";
import { messageOf } from "./cluster/errors.ts";

/**
 * A signal that the first SIGINT or SIGTERM aborts; the second one ends the process. The listeners stay: without one,
 * what ends child processes with us would end us before we have tidied up.
 */
export function interruption(): AbortSignal {
  return terminationSignal();
}

/**
 * Does what the arguments ask for. What ends it early ends it by the rule of all commands (operator/kit/ending.ts), with
 * the reason on stderr; else the exit code is what the command has set.
 *
 * @param signal the interruption, of a command that heeds it.
 */
export async function runCommand(program: Command, signal?: AbortSignal): Promise<void> {
  try {
    throwErrors(program);
    await program.parseAsync();
  } catch (error) {
    // Commander has told it already: help that was asked for, or what is wrong with the call.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else {
      process.stderr.write(`${program.name()}: ${signal?.aborted === true ? "interrupted" : messageOf(error)}\n`);
      process.exitCode = exitCodeOf(error, signal);
    }
  }
}

/** Lets a command and those below it throw where they would end the process with a code of their own. */
function throwErrors(command: Command): void {
  command.exitOverride();
  for (const below of command.commands) throwErrors(below);
}
