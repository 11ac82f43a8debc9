import { type Backoff, backoffDelay, type Random } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import type { Controller } from "./controller.ts";
import { Deadline, hasAborted, untilAborted } from "./deadline.ts";
import type { EventRecorder } from "./events.ts";
import type { LeaderElector } from "./lease.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { startServer } from "./server.ts";

/** Something that runs in the background on every replica, leader or not: a reflector. */
export interface Runnable {
  readonly name: string;
  /** Resolves when the signal aborts; it is started again if it ends before. */
  run(signal: AbortSignal): Promise<void>;
  readonly hasSynced?: boolean;
}

/** What a manager is made of. */
export interface ManagerOptions {
  readonly runnables: readonly Runnable[];
  readonly controllers: readonly Controller[];
  /** Without one every replica runs the controllers. */
  readonly elector?: LeaderElector | undefined;
  readonly recorder?: EventRecorder | undefined;
  /** Where health and metrics are served; not at all when absent. */
  readonly listen?: { readonly host: string; readonly port: number } | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics?: Metrics | undefined;
  /** How long reconciles and Events under way may take to finish, in milliseconds: 20 s unless told. */
  readonly drainTimeout?: number | undefined;
}

/** Why a manager ended. After "LeaseLost" the process has to exit: another one may be writing already. */
export type ManagerOutcome = "Stopped" | "LeaseLost";

const DRAIN_TIME = 20_000;
const RESTART: Backoff = { base: 1_000, cap: 60_000 };

/** Runs something until the signal aborts, again and again if it fails: its failure is nobody else's. */
async function keepRunning(
  name: string,
  run: () => Promise<void>,
  signal: AbortSignal,
  { clock, random, log }: ManagerOptions,
): Promise<void> {
  for (let failures = 1; !hasAborted(signal); failures += 1) {
    try {
      await run();
      if (hasAborted(signal)) return;
      log.error({ runnable: name }, "ended before it was told to and is started again");
    } catch (error) {
      log.error({ err: error, runnable: name }, "failed and is started again");
    }
    await clock.sleep(backoffDelay(RESTART, failures, random), signal).catch(() => undefined);
  }
}

/** Logs and counts rejections that nobody handled, instead of ending the process. @returns Stops it. */
function tolerateRejections({ log, metrics }: ManagerOptions): () => void {
  const tolerate = (error: unknown): void => {
    metrics?.unhandled();
    log.error({ err: error }, "a rejection was not handled");
  };
  process.on("unhandledRejection", tolerate);
  return () => process.off("unhandledRejection", tolerate);
}

/** How long reconciles that were told to abort may take to do so, in milliseconds. */
const ABORT_TIME = 3_000;

/** Waits for reconciles to end; aborts them when the time for that is over, and abandons those that do not heed it. */
async function finish(
  running: readonly Promise<void>[],
  abort: AbortController,
  options: ManagerOptions,
): Promise<void> {
  const { clock, drainTimeout = DRAIN_TIME, log } = options;
  const ended = Promise.all(running).then(() => true);
  const within = async (allowed: number): Promise<boolean> => {
    using deadline = new Deadline({ clock, what: "drain", allowed });
    return await Promise.race([ended, untilAborted(deadline.signal).then(() => false)]);
  };
  if (!abort.signal.aborted && (await within(drainTimeout))) return;
  abort.abort(new Error("drained for too long"));
  if (!(await within(ABORT_TIME))) log.error("reconciles that do not heed their signal were abandoned");
}

/** Runs controllers once it leads, until the signal aborts or the lease is lost. */
async function lead(options: ManagerOptions, signal: AbortSignal): Promise<ManagerOutcome> {
  const { controllers, elector, log } = options;
  const acquired = await (elector?.acquire(signal) ?? Promise.resolve()).then(
    () => true,
    () => false,
  );
  if (!acquired) return "Stopped";
  const [stop, abort, holding] = [new AbortController(), new AbortController(), new AbortController()];
  const running = controllers.map((controller) =>
    controller.run({ stop: stop.signal, abort: abort.signal }).catch((error: unknown) => {
      log.error({ err: error, controller: controller.name }, "controller failed");
    }),
  );
  const stopped = untilAborted(signal).then(() => "Stopped" as const);
  const lost = (elector?.hold(holding.signal) ?? untilAborted(holding.signal)).then(
    () => "Stopped" as const,
    () => "LeaseLost" as const,
  );
  const outcome = await Promise.race([stopped, lost]);
  stop.abort();
  if (outcome === "LeaseLost") abort.abort(new Error("lease lost"));
  await finish(running, abort, options);
  holding.abort();
  await lost;
  return outcome;
}

/**
 * Runs an operator: health first, then reflectors, then, as the leader, controllers. When the signal aborts it goes the
 * other way: no new reconciles, those under way finish, Events are written, the lease is released, and the rest ends.
 *
 * @throws Error when it cannot listen; nothing is left running then.
 */
export async function runManager(options: ManagerOptions, signal: AbortSignal): Promise<ManagerOutcome> {
  const { runnables, controllers, elector, recorder, listen, clock, log, metrics, drainTimeout = DRAIN_TIME } = options;
  const readiness = Object.fromEntries(
    runnables
      .filter(({ hasSynced }) => hasSynced !== undefined)
      .map((runnable) => [runnable.name, () => (runnable.hasSynced === true ? undefined : "not synced yet")]),
  );
  const liveness = Object.fromEntries(controllers.map((controller) => [controller.name, () => controller.problem()]));
  const server = listen && (await startServer({ ...listen, liveness, readiness, metrics }));
  if (server !== undefined) log.info({ url: server.url }, "serving health and metrics");
  const stopTolerating = tolerateRejections(options);
  const background = new AbortController();
  const running = runnables.map((runnable) =>
    keepRunning(runnable.name, () => runnable.run(background.signal), background.signal, options),
  );
  try {
    const outcome = await lead(options, signal);
    using deadline = new Deadline({ clock, what: "drain of events", allowed: drainTimeout });
    await recorder?.drain(deadline.signal);
    if (outcome === "Stopped") await elector?.release();
    log.info({ outcome }, "stopped");
    return outcome;
  } finally {
    background.abort(new Error("manager stopped"));
    await Promise.all(running);
    await server?.close();
    stopTolerating();
  }
}
