import type { Logger } from "./log.ts";

/**
 * A signal that aborts on the first SIGTERM or SIGINT. The second ends the process at once, with 128 + its number, for
 * people who press Ctrl-C twice.
 */
export function terminationSignal(log: Logger): AbortSignal {
  const controller = new AbortController();
  const numbers = { SIGINT: 2, SIGTERM: 15 } as const;
  const end = (name: keyof typeof numbers): void => {
    if (controller.signal.aborted) process.exit(128 + numbers[name]);
    log.info({ signal: name }, "stopping");
    controller.abort(new Error(`stopped by ${name}`));
  };
  process.on("SIGTERM", () => end("SIGTERM"));
  process.on("SIGINT", () => end("SIGINT"));
  return controller.signal;
}
