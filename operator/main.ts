import { hostname } from "node:os";
import { cameraController } from "./controllers/camera.ts";
import type { Shared } from "./controllers/controller.ts";
import { datasetController } from "./controllers/dataset.ts";
import { decisionController } from "./controllers/decision.ts";
import { galleryController } from "./controllers/gallery.ts";
import { modelController } from "./controllers/model.ts";
import { type OperatorFlags, operatorUsage, parseOperatorFlags } from "./flags.ts";
import { findObject, watchWorld } from "./gather/world.ts";
import { Applier } from "./kit/apply.ts";
import { systemClock } from "./kit/clock.ts";
import { exitCodeOf, wordsOf } from "./kit/ending.ts";
import { createEventRecorder } from "./kit/events.ts";
import { createClient } from "./kit/http-client.ts";
import { loadConnection } from "./kit/kubeconfig.ts";
import { createLeaderElector } from "./kit/lease.ts";
import { createLogger } from "./kit/log.ts";
import { type ManagerOutcome, runManager } from "./kit/manager.ts";
import { collectProcessMetrics, createMetrics } from "./kit/metrics.ts";
import { startServer } from "./kit/server.ts";
import { terminationSignal } from "./kit/termination.ts";
import { Written } from "./written.ts";

const name = "facefleet-operator";
const userAgent = `${name}/0.1.0`;
const controllers = [modelController, cameraController, galleryController, datasetController, decisionController];
/** Of one object. A rollout tells some ten Events a node, and `kubectl describe` should have the whole story. */
const eventRate = { burst: 500, every: 1_000 };
/** Milliseconds. Who waits sees the last renewal up to 3.3 s late, lets it run out, and looks again 3.3 s later: below 20 s. */
const timing = { duration: 12_000, renewDeadline: 9_000, retry: 1_500 };

/** Runs the operator until it is told to stop, or another process leads. */
async function run({ settings, ...flags }: OperatorFlags): Promise<ManagerOutcome> {
  const { namespace, identity, host, kubeconfig, root } = flags;
  await using stack = new AsyncDisposableStack();
  const log = createLogger({ name, level: flags.logLevel });
  const stop = terminationSignal(log);
  const metrics = createMetrics();
  collectProcessMetrics(metrics);
  const parts = { clock: systemClock, random: Math.random, log, metrics };
  const connection = await loadConnection({ env: process.env, kubeconfig, root }, systemClock);
  const open = (options: Omit<Parameters<typeof createClient>[0], "connection">) =>
    stack.adopt(createClient({ connection, ...options }), (opened) => opened.close());
  const elector = flags.leaderElect
    ? createLeaderElector({
        ...parts,
        client: open({ userAgent: `${userAgent} lease` }),
        namespace,
        name,
        identity,
        timing,
      })
    : undefined;
  const client = open({ userAgent, metrics: metrics.rest, beforeWrite: () => elector?.assertHeld() });
  const reporter = { controller: "facefleet.dev/operator", instance: identity };
  const recorder = createEventRecorder({ ...parts, client, reporter, rate: eventRate });
  const world = watchWorld({ ...parts, client }, namespace);
  const execution = {
    ...{ client, recorder, applier: new Applier(client, name), written: new Written() },
    find: (kind: string, key: string) => findObject(world, kind, key),
    now: () => systemClock.now(),
  };
  const shared: Shared = { ...parts, world, settings, execution };
  const scraped = await startServer({ host, port: flags.metricsPort, liveness: {}, readiness: {}, metrics });
  stack.defer(() => scraped.close());
  const { namespace: _, ...runnables } = world;
  return await runManager(
    {
      ...parts,
      runnables: Object.values(runnables),
      controllers: controllers.map((make) => make(shared)),
      elector,
      recorder,
      listen: { host, port: flags.healthPort },
    },
    stop,
  );
}

/** @returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    const flags = parseOperatorFlags(args, `${hostname()}-${process.pid}`);
    if (flags === "help") {
      process.stdout.write(`${operatorUsage}\n`);
      return 0;
    }
    return (await run(flags)) === "Stopped" ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${name}: ${wordsOf(error)}\n`);
    return exitCodeOf(error);
  }
}

// Ended here, whatever is still open: a process that has lost the Lease must not go on.
process.exit(await main(process.argv.slice(2)));
