import { hostname } from "node:os";
import { cameraController } from "./controllers/camera.ts";
import type { Shared } from "./controllers/controller.ts";
import { datasetController } from "./controllers/dataset.ts";
import { galleryController } from "./controllers/gallery.ts";
import { modelController } from "./controllers/model.ts";
import { BadFlag, type OperatorFlags, parseOperatorFlags } from "./flags.ts";
import { fieldManager, liveObject, watchWorld } from "./gather/world.ts";
import { Applier } from "./kit/apply.ts";
import { systemClock } from "./kit/clock.ts";
import { createEventRecorder } from "./kit/events.ts";
import { createClient } from "./kit/http-client.ts";
import { loadConnection } from "./kit/kubeconfig.ts";
import { createLeaderElector } from "./kit/lease.ts";
import { createLogger } from "./kit/log.ts";
import { runManager } from "./kit/manager.ts";
import { collectProcessMetrics, createMetrics } from "./kit/metrics.ts";
import { startServer } from "./kit/server.ts";
import { terminationSignal } from "./kit/termination.ts";
import { Written } from "./written.ts";

const userAgent = "facefleet-operator/0.1.0";
const leaseName = "facefleet-operator";

async function run(flags: OperatorFlags): Promise<number> {
  const { namespace, identity, host, healthPort, metricsPort, kubeconfig, settings } = flags;
  const [clock, random] = [systemClock, Math.random];
  const log = createLogger({ name: "facefleet-operator", level: flags.logLevel });
  const stop = terminationSignal(log);
  const metrics = createMetrics();
  collectProcessMetrics(metrics);
  const connection = await loadConnection({ env: process.env, kubeconfig }, clock);
  const client = createClient({ connection, userAgent, metrics: metrics.rest });
  const leaseClient = createClient({ connection, userAgent: `${userAgent} lease` });
  const elector = flags.leaderElect
    ? createLeaderElector({ client: leaseClient, clock, random, log, metrics, namespace, name: leaseName, identity })
    : undefined;
  const reporter = { controller: "facefleet.dev/operator", instance: identity };
  const recorder = createEventRecorder({ client, clock, random, log, metrics, reporter });
  const world = watchWorld({ client, clock, random, log, metrics }, namespace);
  const shared: Shared = {
    world,
    settings,
    clock,
    random,
    log,
    metrics,
    execution: {
      client,
      applier: new Applier(client, fieldManager),
      recorder,
      written: new Written(),
      live: (kind, key) => liveObject(world, kind, key),
      assertLeading: () => elector?.assertHeld(),
      now: () => clock.now(),
    },
  };
  const controllers = [modelController, cameraController, galleryController, datasetController].map((make) =>
    make(shared),
  );
  const scraped = await startServer({ host, port: metricsPort, liveness: {}, readiness: {}, metrics });
  const runnables = Object.values(world);
  const listen = { host, port: healthPort };
  const outcome = await runManager(
    { runnables, controllers, elector, recorder, listen, clock, random, log, metrics },
    stop,
  );
  await Promise.all([scraped.close(), client.close(), leaseClient.close()]);
  return outcome === "Stopped" ? 0 : 1;
}

try {
  process.exitCode = await run(parseOperatorFlags(process.argv.slice(2), `${hostname()}-${process.pid}`));
} catch (error) {
  process.stderr.write(
    `facefleet-operator: ${error instanceof BadFlag ? error.message : String((error as Error).stack)}\n`,
  );
  process.exitCode = 1;
}
