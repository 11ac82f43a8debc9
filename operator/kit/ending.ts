import { isPanic } from "./errors.ts";
import { BadFlag } from "./flags.ts";
import { Stopped } from "./termination.ts";

/**
 * The exit code of a command that threw, by the one rule for all:
 *
 * - 0: it is done; of a server, it was told to stop and did so in good order.
 * - 1: it failed, and says why on stderr.
 * - 2: it was called wrongly, says so on stderr, and has done nothing.
 * - 128 and the number of the signal: it was ended before it was done, 130 by SIGINT and 143 by SIGTERM.
 *
 * @param stop aborted by the signal, of a command that heeds it.
 */
export function exitCodeOf(thrown: unknown, stop?: AbortSignal): number {
  if (thrown instanceof BadFlag) return 2;
  return stop?.reason instanceof Stopped ? stop.reason.exitCode : 1;
}

/** What stderr says of it: for people in words of its own, and of a defect the place where it is. */
export function wordsOf(thrown: unknown, stop?: AbortSignal): string {
  if (stop?.reason instanceof Stopped) return stop.reason.message;
  if (!(thrown instanceof Error)) return String(thrown);
  if (isPanic(thrown)) return thrown.stack ?? thrown.message;
  const tellsCause = thrown instanceof BadFlag || !(thrown.cause instanceof Error);
  return tellsCause ? thrown.message : `${thrown.message}: ${(thrown.cause as Error).message}`;
}
