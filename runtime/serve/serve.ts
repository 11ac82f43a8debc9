import type { NodeRuntimeSpec } from "../../crds/noderuntime.ts";
import { systemClock as clock } from "../../operator/kit/clock.ts";
import { createClient } from "../../operator/kit/http-client.ts";
import { createLogger, type Logger } from "../../operator/kit/log.ts";
import { collectProcessMetrics, createMetrics } from "../../operator/kit/metrics.ts";
import { startServer } from "../../operator/kit/server.ts";
import { openStore, type Store } from "../engine/store.ts";
import { openConnection } from "./connection.ts";
import { isDismissed } from "./dismissal.ts";
import { parseServeFlags, serveUsage, type ServeFlags } from "./flags.ts";
import { followNodeRuntime, type FollowOptions } from "./follow.ts";
import { keepHouse } from "./housekeeping.ts";
import { startNode, type NodeOptions } from "./node.ts";
import { MountedSecrets } from "./secrets.ts";
import { runtimeVersion } from "./version.ts";

/** Milliseconds in which events may still be delivered after the signal to stop. */
const drainTime = 5_000;
/** Milliseconds between two looks after what time alone changes, and after the store. */
const intervals = { tick: 1_000, house: 600_000 };
const random = Math.random;

/**
 * `serve`: runs a node until the signal aborts. It follows its NodeRuntime, reads its cameras, emits events, collects
 * evidence and reports; at the end it ends all tracks and delivers what it can, and if its NodeRuntime is gone by then,
 * it leaves nothing on the node. Logs go to stderr, so that stdout has nothing but the events of Stdout sinks.
 *
 * @param stop aborted when the node is to stop.
 * @returns exit code 0.
 * @throws BadFlag; Error when the store, the address or the connection cannot be used.
 */
export async function serve(args: readonly string[], stop: AbortSignal): Promise<number> {
  const flags = parseServeFlags(args);
  if (flags === "help") {
    process.stdout.write(`${serveUsage}\n`);
    return 0;
  }
  const log = createLogger({ name: "facefleet-runtime" }, process.stderr);
  const connection = await openConnection({ env: process.env, ...flags }, clock);
  const metrics = createMetrics();
  collectProcessMetrics(metrics);
  const store = await openStore(flags.store);
  await using tie = new AsyncDisposableStack();
  const client = createClient({ connection, userAgent: `facefleet-runtime/${runtimeVersion}`, metrics: metrics.rest });
  tie.defer(() => client.close());
  const wanted = await runNode({ ...flags, store, metrics, runtimeVersion, clock, random, log, client }, stop);
  if (wanted !== undefined && (await isDismissed({ ...flags, client, log }))) {
    await store.erase();
    log.info({ node: flags.node }, "dismissed: everything was removed from the store");
  }
  return 0;
}

type Parts = Omit<NodeOptions, "secrets" | "drainTime" | "onChange"> &
  Pick<FollowOptions, "client" | "evidenceInterval"> &
  Pick<ServeFlags, "secrets" | "listen">;

/** Runs a node until the signal aborts, and ends all that it holds. @returns what was wanted of it last, if anything. */
async function runNode(shared: Parts, stop: AbortSignal): Promise<NodeRuntimeSpec | undefined> {
  const { store, metrics, log, listen } = shared;
  const bell = { ring: (): void => undefined };
  await using parts = new AsyncDisposableStack();
  const secrets = new MountedSecrets(shared.secrets);
  const node = await startNode({ ...shared, secrets, drainTime, onChange: () => bell.ring() });
  const { supervisor } = parts.use(node);
  const readiness = { slots: () => supervisor.obstacle };
  const server = await startServer({ ...listen, liveness: {}, readiness, metrics });
  parts.defer(() => server.close());
  log.info({ node: shared.node, url: server.url, resumed: supervisor.spec !== undefined }, "serving");

  const following = followNodeRuntime({ ...shared, supervisor, status: (written) => node.status(written) });
  bell.ring = () => following.notify();
  await Promise.all([
    following.run(stop),
    every(intervals.tick, () => supervisor.tick(), { log, stop }),
    every(intervals.house, () => lookAfter(store, supervisor.spec, log), { log, stop }),
  ]);
  log.info("draining");
  return supervisor.spec;
}

async function lookAfter(store: Store, spec: NodeRuntimeSpec | undefined, log: Logger): Promise<void> {
  if (spec === undefined) return;
  const removed = await keepHouse(store, spec);
  if (Object.values(removed).some((names) => names.length > 0)) log.info(removed, "removed from the store");
}

/** Does something again and again until `stop` aborts; what it throws is a line in the log. */
async function every(
  milliseconds: number,
  work: () => Promise<void> | void,
  { log, stop }: { log: Logger; stop: AbortSignal },
): Promise<void> {
  for (;;) {
    await clock.sleep(milliseconds, stop).catch(() => undefined);
    if (stop.aborted) return;
    try {
      await work();
    } catch (error) {
      log.error({ err: error }, "periodic work failed");
    }
  }
}
