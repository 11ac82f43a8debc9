import type { Logger } from "./log.ts";

const numbers = { SIGINT: 2, SIGTERM: 15 } as const;

/** Why a process is to stop: it was told so by a signal. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  /** That of a process which the signal ends before it is done. */
  readonly exitCode: number;

  constructor(signal: keyof typeof numbers) {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + numbers[signal];
  }
}

/**
 * A signal that aborts on the first SIGTERM or SIGINT, with {@link Stopped}. The second ends the process at once, with
 * 128 + its number, for people who press Ctrl-C twice.
 */
export function terminationSignal(log?: Logger): AbortSignal {
  const controller = new AbortController();
  const end = (name: keyof typeof numbers): void => {
    const stopped = new Stopped(name);
    if (controller.signal.aborted) process.exit(stopped.exitCode);
    log?.info({ signal: name }, "stopping");
    controller.abort(stopped);
  };
  process.on("SIGTERM", () => end("SIGTERM"));
  process.on("SIGINT", () => end("SIGINT"));
  return controller.signal;
}
