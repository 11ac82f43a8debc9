import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";

export type { Logger } from "pino";

/** The levels that a logger can be set to, quietest last. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * A JSON logger, one object a line: level, time (RFC 3339), name, msg and fields. Messages are constant; what varies
 * goes into fields. Credentials are cut out of any field that might carry them.
 *
 * @param destination Standard output unless given.
 */
export function createLogger(
  { name, level = "info" }: { name: string; level?: LogLevel },
  destination?: DestinationStream,
): Logger {
  const options = {
    level,
    base: { name },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: ["authorization", "headers.authorization", "*.authorization", "token", "*.token"], remove: true },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
