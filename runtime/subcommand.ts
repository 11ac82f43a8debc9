import { CommanderError, type Command } from "commander";
import { BadFlag } from "../operator/kit/flags.ts";

/** Reads the flags of a subcommand. @returns false when it was asked for help, and gave it. @throws BadFlag */
export function readSubcommand(command: Command, argv: readonly string[]): boolean {
  try {
    command
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .parse(argv, { from: "user" });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return false;
    throw new BadFlag(`${command.name()}: ${error.message.replace(/^error: /, "")}; see --help`, { cause: error });
  }
}
