import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { NodeRuntime, NodeRuntimeStatus } from "../../crds/noderuntime.ts";
import { apiVersion, group, version } from "../../crds/kind.ts";
import { Applier, keepManagedFieldsOf } from "../../operator/kit/apply.ts";
import { systemClock } from "../../operator/kit/clock.ts";
import { createClient } from "../../operator/kit/http-client.ts";
import { loadConnection } from "../../operator/kit/kubeconfig.ts";
import { createLogger, type Logger } from "../../operator/kit/log.ts";
import { collectProcessMetrics, createMetrics } from "../../operator/kit/metrics.ts";
import { Reflector } from "../../operator/kit/reflector.ts";
import type { Resource } from "../../operator/kit/resource.ts";
import { startServer } from "../../operator/kit/server.ts";
import { terminationSignal } from "../../operator/kit/termination.ts";
import { openStore, type Store } from "../engine/store.ts";
import { sources } from "../pipeline/source/source.ts";
import { Camera, type FrameOutcome } from "./camera/camera.ts";
import { parseServeFlags, type ServeFlags } from "./flags.ts";
import { createRuntimeMetrics } from "./metrics.ts";
import { Post } from "./post.ts";
import { Rates } from "./rates.ts";
import { writeStatus } from "./report.ts";
import { Reporter } from "./reporter.ts";
import { MountedSecrets } from "./secrets.ts";
import { loadGalleries, openSlot } from "./slot/open.ts";
import { readState, writeState } from "./state.ts";
import { Supervisor } from "./supervisor.ts";
import { readProbes } from "./trial/probes.ts";

const noderuntimes: Resource<NodeRuntime> = {
  group,
  version,
  plural: "noderuntimes",
  kind: "NodeRuntime",
  namespaced: true,
};
const fieldManager = "facefleet-runtime";
const runtimeVersion = "0.1.0";
/** Milliseconds in which events may still be delivered after the signal to stop. */
const drainTime = 5_000;
const tickInterval = 1_000;

/**
 * Runs a node: follows its NodeRuntime, reads its cameras, emits events, collects evidence, reports.
 * @throws BadFlag; Error when the store or the address cannot be used.
 */
export async function serve(args: readonly string[]): Promise<void> {
  const flags = parseServeFlags(args);
  const log = createLogger({ name: "facefleet-runtime" });
  const stop = terminationSignal(log);
  const store = await openStore(flags.store);
  await using post = await openPost(store, flags);
  const rates = new Rates();
  const metrics = createMetrics();
  collectProcessMetrics(metrics);
  const counters = createRuntimeMetrics(metrics.registry, {
    outbox: () => post.counts,
    swaps: () => supervisor.slots.swaps,
  });
  const secrets = new MountedSecrets(flags.secrets);
  const stateFile = join(store.root, "state", `${flags.node}.json`);
  const past = await readState(stateFile);
  let changed: () => void = () => undefined;

  const supervisor = new Supervisor(
    {
      openSlot: (revision, galleries, signal) => openSlot(revision, galleries, { store, secrets }, signal),
      refreshGalleries: (slot, galleries) => loadGalleries(slot, galleries, { store, secrets }),
      readProbes: (trial, galleries, signal) => readProbes(trial, galleries, store, signal),
      remember: (state) => writeState(stateFile, state),
      onChange: () => changed(),
      now: Date.now,
      log,
      openCamera: async (spec, slots, trial, onState) => {
        post.open(spec.sinks);
        return new Camera({
          spec,
          source: sources[spec.source.type],
          credentials: spec.credentials ? await secrets.credentials(spec.name) : undefined,
          slots,
          trial,
          onState,
          tell: (camera, told) => post.send(camera.sinks, told),
          onFrame: (outcome: FrameOutcome, milliseconds, analysis) => {
            rates.add({ time: Date.now(), milliseconds, dropped: outcome === "dropped" });
            counters.frame(spec.name, outcome, milliseconds);
            for (const timing of analysis?.timings ?? []) counters.network(timing.network, timing.milliseconds);
          },
          newTrackId: randomUUID,
          now: Date.now,
        });
      },
    },
    past,
  );
  await using _supervisor = supervisor;
  if (past !== undefined) await supervisor.want(past.generation, past.spec);

  const server = await startServer({
    ...flags.listen,
    liveness: {},
    readiness: { spec: () => (supervisor.hasSpec ? undefined : "the NodeRuntime has not been seen yet") },
    metrics,
  });
  const statusOf = (written: NodeRuntimeStatus | undefined): NodeRuntimeStatus =>
    writeStatus({ ...supervisor.facts, rates: rates.at(Date.now()), runtimeVersion }, written, Date.now());
  const following = follow(flags, log, supervisor, statusOf, (notify) => (changed = notify), stop);
  while (!stop.aborted) {
    await sleep(tickInterval, undefined, { signal: stop }).catch(() => undefined);
    await supervisor.tick();
    changed();
  }
  await following;
  await server.close();
}

async function openPost(store: Store, { namespace, node }: ServeFlags): Promise<Post> {
  const folder = join(store.root, "events");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return new Post({ file: join(folder, `${node}.db`), origin: { namespace, node }, drainTime });
}

/** Follows the NodeRuntime and reports, as long as the API server can be reached and whenever it can be again. */
async function follow(
  { node, namespace, kubeconfig, root, evidenceInterval }: ServeFlags,
  log: Logger,
  supervisor: Supervisor,
  statusOf: (written: NodeRuntimeStatus | undefined) => NodeRuntimeStatus,
  onNotify: (notify: () => void) => void,
  stop: AbortSignal,
): Promise<void> {
  const connection = await loadConnection({ env: process.env, root, kubeconfig }, systemClock);
  const client = createClient({ connection, userAgent: `facefleet-runtime/${runtimeVersion}` });
  const reflector = new Reflector({
    resource: noderuntimes,
    client,
    clock: systemClock,
    random: Math.random,
    log,
    namespace,
    fieldSelector: `metadata.name=${node}`,
    pick: keepManagedFieldsOf(fieldManager),
  });
  const applier = new Applier(client, fieldManager);
  const current = () => reflector.cache.list()[0];
  const reporter = new Reporter({
    status: statusOf,
    write: async (status) => {
      const live = current();
      if (live === undefined || !supervisor.hasSpec) return;
      const metadata = { name: node, namespace };
      await applier.applyStatus(noderuntimes, { apiVersion, kind: "NodeRuntime", metadata, status }, live, {
        signal: stop,
      });
    },
    evidenceInterval,
    now: Date.now,
    log,
  });
  onNotify(() => reporter.notify());
  reflector.cache.subscribe(() => {
    const live = current();
    if (live === undefined || live.metadata.generation === supervisor.generation) return;
    supervisor.want(live.metadata.generation, live.spec).then(
      () => reporter.notify(),
      () => undefined,
    );
  });
  await Promise.all([reflector.run(stop), reporter.run(stop)]);
  await client.close();
}
