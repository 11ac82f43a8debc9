import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/** A flag that is missing or wrong; the message names it, its value and the remedy. */
export class BadFlag extends Error {
  override readonly name = "BadFlag";
}

/** Values of flags as they were given. @throws BadFlag with the usage, for one that is not known. */
export function readFlags<Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  usage: string,
) {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new BadFlag(`${(error as Error).message}\n\n${usage}`, { cause: error });
  }
}

/** The value of a flag that cannot be left out. @throws BadFlag */
export function requiredFlag(flag: string, value: string | undefined, remedy: string): string {
  if (value === undefined || value === "") throw new BadFlag(`--${flag} is missing: give ${remedy}`);
  return value;
}
